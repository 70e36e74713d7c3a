// What each stage of an output's previous build depended on, to explain why a stage ran.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/digest/manifest.h"
#include "engine/stage/stage.h"

namespace cbundle {

using StageManifests = std::map<StageKind, std::vector<Manifest::Field>>;

// The key of the note that has the manifests of an output's last build.
StageKey previous_build_key(const std::filesystem::path& output);

std::string pack(const StageManifests& manifests);
StageManifests unpack_manifests(std::string_view bytes);  // empty where malformed

// "b.o changed": why a stage with the manifest `now` ran after the build `previous`. `names` are
// the objects', as the caller wrote them.
std::string reason_to_run(StageKind stage, const std::vector<Manifest::Field>& now,
                          const StageManifests& previous, const std::vector<std::string>& names);

}  // namespace cbundle
