// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/random.hpp"
#include "plait/kernels/matrix_product.hpp"

namespace plait::inline PLAIT_TARGET {

/// What dropout drops of one picture, by chance: single values, or the whole picture. What is kept is the
/// larger, so that the mean stays.
struct dropout_mask {
    random_numbers random;
    double probability = 0;
    bool is_whole = false;

    /// to = what is kept of `from`, of so many rows. The same of gradients.
    void drop(int rows, int pixels, channel_rows<const float> from, channel_rows<float> to) const {
        random_numbers drawn = random;
        const auto kept = static_cast<float>(1 / (1 - probability));
        const float of_whole = drawn.uniform() < probability ? 0.0F : kept;
        for (int c = 0; c < rows; ++c) {
            const float* in = from.row(c);
            float* const out = to.row(c);
            if (is_whole || probability == 0) {
                for (int p = 0; p < pixels; ++p) out[p] = in[p] * (is_whole ? of_whole : 1.0F);
            } else {
                for (int p = 0; p < pixels; ++p) out[p] = drawn.uniform() < probability ? 0.0F : in[p] * kept;
            }
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET
