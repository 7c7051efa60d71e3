// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plait/core/random.hpp"
#include "plait/tensor/map_writer.hpp"

namespace plait::inline PLAIT_TARGET {

/// How training pictures are changed each time they are seen.
struct augmentation {
    enum class flips : unsigned char { never, by_chance, alternating };

    int crop_padding = 4;  ///< pixels of zeros around a picture, out of which one of its size is cut
    flips flip = flips::by_chance;
    int cut_out = 0;  ///< the side of a square that is zeros, anywhere; 0 for none

    /// Pictures as they are.
    static constexpr augmentation none() { return {.crop_padding = 0, .flip = flips::never}; }

    friend constexpr bool operator==(const augmentation&, const augmentation&) = default;
};

/// What was drawn for one picture.
struct drawn_augmentation {
    int down = 0;   ///< how far the picture is moved up
    int right = 0;  ///< and to the left
    bool is_flipped = false;
    int cut_top = 0;
    int cut_left = 0;
    int cut_side = 0;

    constexpr drawn_augmentation() = default;
    /// Of picture `index` in an epoch: the same for the same three numbers, whoever asks.
    drawn_augmentation(const augmentation& how, shape size, std::uint64_t seed, int epoch, int index) {
        const std::uint64_t own_of_seed = random_numbers(seed).next();
        random_numbers random(own_of_seed ^ static_cast<std::uint64_t>(epoch) << 32U ^
                              static_cast<std::uint64_t>(index));
        down = random.below(2 * how.crop_padding + 1) - how.crop_padding;
        right = random.below(2 * how.crop_padding + 1) - how.crop_padding;
        const bool by_chance = random.below(2) == 1;
        // Alternately from the epoch before, each picture from a beginning of its own.
        random_numbers own(own_of_seed ^ 0xf11b'0000'0000'0000U ^ static_cast<std::uint64_t>(index));
        const bool alternating = (own.below(2) + epoch) % 2 == 1;
        is_flipped = how.flip == augmentation::flips::by_chance     ? by_chance
                     : how.flip == augmentation::flips::alternating ? alternating
                                                                    : false;
        if (how.cut_out <= 0) return;
        cut_side = how.cut_out;
        cut_top = random.below(size.height) - cut_side / 2;
        cut_left = random.below(size.width) - cut_side / 2;
    }
};

/// Writes a picture, `value(channel, y, x)`, as it was drawn.
template <shape Shape, class Value>
void put_augmented(const drawn_augmentation& drawn, Value value, const map_writer<Shape>& to) {
    for (int c = 0; c < Shape.channels; ++c) {
        for (int y = 0; y < Shape.height; ++y) {
            const int from_y = y + drawn.down;
            const bool cut_row = y >= drawn.cut_top && y < drawn.cut_top + drawn.cut_side;
            to.row(c, y, [&](int x) {
                const int from_x = (drawn.is_flipped ? Shape.width - 1 - x : x) + drawn.right;
                const bool is_cut = cut_row && x >= drawn.cut_left && x < drawn.cut_left + drawn.cut_side;
                if (is_cut || from_y < 0 || from_y >= Shape.height || from_x < 0 || from_x >= Shape.width)
                    return 0.0F;
                return static_cast<float>(value(c, from_y, from_x));
            });
        }
    }
}

/// The order of pictures in an epoch: every one once.
inline void shuffle_pictures(std::uint64_t seed, int epoch, std::vector<int>& order) {
    random_numbers random(random_numbers(seed).next() ^ 0x0dde'0000'0000'0000U ^
                          static_cast<std::uint64_t>(epoch));
    for (int i = 0; i < static_cast<int>(order.size()); ++i) order[static_cast<std::size_t>(i)] = i;
    for (int i = static_cast<int>(order.size()) - 1; i > 0; --i) {
        const auto other = static_cast<std::size_t>(random.below(i + 1));
        const int kept = order[other];
        order[other] = order[static_cast<std::size_t>(i)];
        order[static_cast<std::size_t>(i)] = kept;
    }
}

}  // namespace plait::inline PLAIT_TARGET
