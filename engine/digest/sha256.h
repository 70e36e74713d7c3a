// SHA-256 by OpenSSL, for what machines share.
#pragma once

#include <string_view>

#include "engine/base/digest.h"

namespace cbundle {

Sha256 sha256_of(std::string_view bytes);

}  // namespace cbundle
