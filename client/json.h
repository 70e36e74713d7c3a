// Writing JSON objects.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "engine/base/text.h"

namespace cbundle {

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) {
    return raw(name, json_string(value));
  }
  template <std::integral Number>
  JsonObject& number(std::string_view name, Number value) {
    return raw(name, std::to_string(value));
  }
  JsonObject& boolean(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }
  JsonObject& raw(std::string_view name, std::string_view json) {
    json_ += json_.empty() ? '{' : ',';
    json_ += json_string(name);
    json_ += ':';
    json_ += json;
    return *this;
  }

  std::string take() { return json_.empty() ? "{}" : json_ + '}'; }

 private:
  std::string json_;
};

// "[1,2]" of what `json_of` returns for each item.
template <class Items, class JsonOf>
std::string json_array(const Items& items, JsonOf json_of) {
  std::string json = "[";
  for (const auto& item : items) {
    if (json.size() > 1) json += ',';
    json += json_of(item);
  }
  return json + ']';
}

}  // namespace cbundle
