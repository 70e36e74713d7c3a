// The names of a script, and of the files that it includes, in keys and lists: the same in every
// checkout where they are in the same place relative to the request's directory or to the script.
//
// Scripts are read by marked paths, "/home/me/boot/./boot.lds.S", which the names of included files
// begin with too, unless a script names a file by its absolute path: that one is the same file
// for every checkout.
#pragma once

#include <filesystem>
#include <string>

namespace cbundle {

class KeyNames {
 public:
  // Both absolute. `directory` is the request's.
  KeyNames(const std::filesystem::path& script, const std::filesystem::path& directory);

  std::filesystem::path marked_directory() const { return directory_; }
  std::filesystem::path marked_script() const { return script_; }

  // The mark of the script and of what is included relative to it; empty: the script has none.
  std::string mark() const;

  // "boot.lds.S" or "../boot.h", relative to the request's directory; "script:boot.h", relative to
  // a script that is not below it; or an absolute path. Not normalized, as a name's ".." follows
  // the links before it.
  std::string name(const std::filesystem::path& marked) const;

  // The path that a name stands for.
  std::filesystem::path path(const std::string& name) const;

  // The name as a message shows it: relative to the request's directory or absolute.
  std::string shown(const std::string& name) const;

 private:
  std::filesystem::path directory_;  // marked
  std::filesystem::path script_;     // marked
  std::filesystem::path beside_;     // marked; empty where the script is below the directory
};

}  // namespace cbundle
