#!/usr/bin/env bash
# The static client contains no iostream, which nothing initializes; see client/no_streams.cc.
set -u
if readelf --program-headers "$CBUNDLE_BIN/cbundle" | grep -q INTERP; then
  echo "this client is not static, and the C++ library sets its streams up"
  exit 77
fi
symbols=$(nm --demangle "$CBUNDLE_BIN/cbundle") || exit 1
# With gcc 13 and later it is one object with the streams, and cannot be replaced.
if ! grep -q ' std::ios_base::Init::Init()$' <<<"$symbols" ||
  grep -q ' std::ios_base_library_init()$' <<<"$symbols"; then
  echo "the C++ library of this build sets its streams up"
  exit 77
fi
if grep -E ' std::w?(cin|cout|cerr|clog)$' <<<"$symbols"; then
  echo "the client uses these streams: leave client/no_streams.cc out, or do without them"
  exit 1
fi
echo "no stream is linked"
