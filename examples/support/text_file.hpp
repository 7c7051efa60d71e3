// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "plait/core/result.hpp"

namespace examples {

inline plait::result<void> write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) return plait::failure{path.string() + ": cannot be written"};
    return {};
}

}  // namespace examples
