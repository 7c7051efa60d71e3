// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plait/core/target.hpp"
#include "plait/io/encoded_picture.hpp"

// How a picture was held when it was taken: EXIF's orientation (CIPA DC-008, 4.6.5), a field of the TIFF
// header that pictures carry.

namespace plait::inline PLAIT_TARGET::detail {

/// The bytes of a TIFF as integers, in the order that it names.
class tiff_reader {
public:
    explicit tiff_reader(const encoded_picture& tiff)
        : tiff_(tiff),
          is_big_(tiff.starts_with(std::string_view("MM\0*", 4))),
          is_tiff_(is_big_ || tiff.starts_with(std::string_view("II*\0", 4))) {}

    bool is_tiff() const { return is_tiff_; }
    std::size_t size() const { return tiff_.size(); }
    std::uint32_t two_bytes(std::size_t i) const { return is_big_ ? tiff_.big16(i) : tiff_.little16(i); }
    std::uint32_t four_bytes(std::size_t i) const { return is_big_ ? tiff_.big32(i) : tiff_.little32(i); }

private:
    const encoded_picture& tiff_;
    bool is_big_;
    bool is_tiff_;
};

/// 1 to 8; 1, as the pixels lie, where the first directory does not say, or nothing that makes sense.
inline int exif_orientation(const encoded_picture& exif) {
    constexpr std::uint32_t orientation = 0x0112;
    constexpr std::uint32_t unsigned_of_two_bytes = 3;
    constexpr std::size_t entry_bytes = 12;
    const tiff_reader tiff(exif);
    if (!tiff.is_tiff()) return 1;
    const std::size_t directory = tiff.four_bytes(4);
    if (directory > tiff.size()) return 1;
    std::size_t entry = directory + 2;
    for (std::uint32_t left = tiff.two_bytes(directory); left > 0 && entry + entry_bytes <= tiff.size();
         --left) {
        const bool is_number =
            tiff.two_bytes(entry + 2) == unsigned_of_two_bytes && tiff.four_bytes(entry + 4) == 1;
        const std::uint32_t value = tiff.two_bytes(entry + 8);
        if (tiff.two_bytes(entry) == orientation && is_number && value >= 1 && value <= 8) {
            return static_cast<int>(value);
        }
        entry += entry_bytes;
    }
    return 1;
}

/// Where the pixels of a file belong in the picture that is shown: counted in pixels, row by row.
struct pixel_order {
    int width = 0;  ///< of what is shown
    int height = 0;
    std::ptrdiff_t first = 0;     ///< where the file's first pixel goes
    std::ptrdiff_t next = 1;      ///< from there to the next of its row
    std::ptrdiff_t next_row = 0;  ///< from there to the next of its column
};

inline pixel_order upright(int width, int height, int orientation) {
    const bool is_transposed = orientation >= 5;
    const bool x_runs_back = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool y_runs_back = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    pixel_order order{.width = width, .height = height, .next_row = width};
    if (is_transposed) {
        order = {.width = height, .height = width, .next = height, .next_row = 1};
    }
    if (x_runs_back) {
        order.first += (width - 1) * order.next;
        order.next = -order.next;
    }
    if (y_runs_back) {
        order.first += (height - 1) * order.next_row;
        order.next_row = -order.next_row;
    }
    return order;
}

}  // namespace plait::inline PLAIT_TARGET::detail
