// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "plait/core/result.hpp"

namespace examples {

/// A picture, and where its drawing goes; to no place where that is empty.
struct planned_drawing {
    std::filesystem::path picture;
    std::filesystem::path drawing;
};

/// Makes the folder, where it is not there yet.
inline plait::result<void> make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) return {};
    return plait::failure{folder.string() + ": cannot be made a folder (" + error.message() + ")"};
}

/// A PNG in the folder for each picture, of its name; later ones of the same name get a number. Where there
/// is no folder, no drawings. A sentence where a drawing would take the place of one of the pictures.
inline plait::result<std::vector<planned_drawing>> plan_drawings(
    const std::vector<std::filesystem::path>& pictures, const std::filesystem::path& folder) {
    std::vector<planned_drawing> planned;
    planned.reserve(pictures.size());
    for (const auto& picture : pictures) planned.push_back({picture, {}});
    if (folder.empty()) return planned;

    std::error_code ignored;
    std::set<std::filesystem::path> originals;
    for (const auto& picture : pictures)
        originals.insert(std::filesystem::weakly_canonical(picture, ignored));

    std::set<std::string> names;
    for (auto& [picture, drawing] : planned) {
        const std::string stem = picture.stem().string();
        std::string name = stem;
        for (int number = 2; !names.insert(name).second; ++number) name = stem + "-" + std::to_string(number);
        drawing = folder / (name + ".png");
        if (originals.contains(std::filesystem::weakly_canonical(drawing, ignored)))
            return plait::failure{drawing.string() +
                                  ": is one of the pictures, which no drawing may replace"};
    }
    return planned;
}

/// "frame_000012.png" in the folder; none where there is no folder.
inline std::filesystem::path drawing_of_frame(std::int64_t index, const std::filesystem::path& folder) {
    if (folder.empty()) return {};
    std::string number = std::to_string(index);
    constexpr std::size_t digits = 6;
    if (number.size() < digits) number.insert(0, digits - number.size(), '0');
    return folder / ("frame_" + number + ".png");
}

}  // namespace examples
