#include "daemon/explanation_message.h"

#include "proto/wire.h"

namespace cbundle {
namespace {

v1::RecordedBuild message_of(const BuildRecord& record) {
  v1::RecordedBuild message;
  message.set_ended(record.ended);
  message.set_microseconds(record.took);
  for (const StageFinished& stage : record.stages) *message.add_stages() = message_of(stage);
  message.set_made(record.made);
  message.set_repeats(record.repeats);
  message.set_last_repeat(record.last_repeat);
  message.set_directory(record.directory);
  message.set_is_private(record.is_private);
  return message;
}

v1::Change message_of(const Change& change) {
  v1::Change message;
  message.set_kind(std::string(name_of(change.kind)));
  message.set_how(std::string(name_of(change.how)));
  message.set_file(change.file);
  message.set_line(change.line);
  message.set_name(change.name);
  message.set_was(change.was);
  message.set_is(change.is);
  message.set_more(change.more);
  message.set_text(text_of(change));
  return message;
}

}  // namespace

v1::ExplainResponse message_of(const Explanation& explanation) {
  v1::ExplainResponse message;
  *message.mutable_last() = message_of(explanation.last);
  if (explanation.before) *message.mutable_before() = message_of(*explanation.before);
  for (const Change& change : explanation.changes) *message.add_changes() = message_of(change);
  for (const Change& change : explanation.since) *message.add_since() = message_of(change);
  return message;
}

}  // namespace cbundle
