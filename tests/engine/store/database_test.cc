// Connections, statements and transactions.

#include "engine/store/database.h"

#include <gtest/gtest.h>

#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    std::filesystem::create_directories(directory_.path());
    EXPECT_TRUE(database_.execute("CREATE TABLE t(number INTEGER, bytes BLOB)"));
  }

  StoreDirectory directory_;
  Database database_ = open();

 private:
  Database open() {
    std::filesystem::create_directories(directory_.path());
    return Database::open(directory_.database(), Database::Mode::create).value();
  }
};

TEST_F(DatabaseTest, ValuesComeBackAsTheyWereBound) {
  const std::string insert = "INSERT INTO t VALUES(?, ?)";
  const std::string bytes("a\0b", 3);
  ASSERT_TRUE(database_.run(insert, std::int64_t{-7}, std::string_view(bytes)));
  ASSERT_TRUE(database_.run(insert, std::int64_t{8}, std::string_view()));
  ASSERT_TRUE(database_.run(insert, std::int64_t{9}, nullptr));

  Rows rows = database_.query("SELECT number, bytes FROM t ORDER BY rowid").value();
  ASSERT_TRUE(rows.next().value());
  EXPECT_EQ(rows.integer(0), -7);
  EXPECT_EQ(rows.bytes(1), bytes);
  ASSERT_TRUE(rows.next().value());
  EXPECT_FALSE(rows.is_null(1)) << "no bytes are still bytes";
  EXPECT_EQ(rows.bytes(1), "");
  ASSERT_TRUE(rows.next().value());
  EXPECT_TRUE(rows.is_null(1));
  EXPECT_FALSE(rows.next().value());
}

TEST_F(DatabaseTest, AQueryCanBeRunAgainAfterItsRowsAreDestroyed) {
  ASSERT_TRUE(database_.execute("INSERT INTO t VALUES(1, x'00'), (2, x'01')"));
  for (int round = 0; round < 3; ++round) {
    Rows rows = database_.query("SELECT number FROM t WHERE number>=?", std::int64_t{2}).value();
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.integer(0), 2);
  }
}

TEST_F(DatabaseTest, ATransactionThatIsNotCommittedNeverWas) {
  {
    const Transaction transaction = Transaction::begin(database_).value();
    ASSERT_TRUE(database_.execute("INSERT INTO t VALUES(1, x'00')"));
    EXPECT_TRUE(database_.in_transaction());
  }
  EXPECT_FALSE(database_.in_transaction());
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t").value(), 0);

  Transaction transaction = Transaction::begin(database_).value();
  ASSERT_TRUE(database_.execute("INSERT INTO t VALUES(1, x'00')"));
  ASSERT_TRUE(transaction.commit());
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t").value(), 1);
}

TEST_F(DatabaseTest, ErrorsNameTheFileAndTellDamageFromTheRest) {
  const auto wrong = database_.execute("SELECT * FROM nowhere");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::unavailable);
  EXPECT_NE(wrong.error().text().find("store.db"), std::string::npos);

  const auto missing = Database::open(directory_.path() / "none", Database::Mode::open);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace cbundle
