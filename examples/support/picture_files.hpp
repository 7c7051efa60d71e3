// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "plait/core/result.hpp"

namespace examples {

/// By its ending.
inline bool is_picture(const std::filesystem::path& path) {
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".bmp";
}

/// Whether a folder of pictures can be there.
inline plait::result<void> expect_folder(const std::filesystem::path& folder) {
    std::error_code error;
    if (!std::filesystem::exists(folder, error))
        return plait::failure{folder.string() + ": no such directory"};
    if (!std::filesystem::is_directory(folder, error))
        return plait::failure{folder.string() + ": is a file where a directory was expected"};
    return {};
}

/// In order of their names; at least one.
inline plait::result<std::vector<std::filesystem::path>> pictures_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        if (is_picture(entries->path())) found.push_back(entries->path());
    }
    if (error) return plait::failure{folder.string() + ": cannot be read (" + error.message() + ")"};
    if (found.empty()) return plait::failure{folder.string() + ": has no PNG, JPEG or BMP picture"};
    std::ranges::sort(found);
    return found;
}

/// The sub-folders of a folder, in order of their names.
inline plait::result<std::vector<std::filesystem::path>> folders_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
        if (entries->is_directory(error)) found.push_back(entries->path());
    if (error) return plait::failure{folder.string() + ": cannot be read (" + error.message() + ")"};
    std::ranges::sort(found);
    return found;
}

/// What somebody named: a file, or the pictures of a folder.
inline plait::result<std::vector<std::filesystem::path>> pictures_at(const std::filesystem::path& named) {
    std::error_code ignored;
    if (std::filesystem::is_directory(named, ignored)) return pictures_in(named);
    return std::vector{named};
}

}  // namespace examples
