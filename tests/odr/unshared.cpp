// SPDX-License-Identifier: BSD-3-Clause
// Reads a weight file, as every unit does that loads weights.
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"

const char* unshared_unit(const char* path, plait::result<plait::safetensors>& read) {
    const auto bytes = plait::detail::read_file_bytes(path);
    if (!bytes) return bytes.error().c_str();
    read = plait::safetensors::parse(bytes->span(), path);
    return read && read->find("name") ? "" : read.error().c_str();
}
