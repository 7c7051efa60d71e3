// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "golden.hpp"
#include "plait/models/fastestdet_decoding.hpp"

namespace golden {

/// What FastestDet's output is decoded to has the classes of the file's boxes, their scores to 1e-3 and their
/// corners to half a pixel of 352, as fractions of the largest: none more, none fewer.
template <class Tensor>
void check_boxes(const Tensor& output, const safetensors& file) {
    const stored_tensor* const boxes = file.find("boxes");
    REQUIRE(boxes);
    std::vector<float> expected(static_cast<std::size_t>(boxes->elements()));
    REQUIRE(copy_as_float(*boxes, expected.data()));

    const auto objects = suppress_overlaps(decode_fastestdet(output, 0.65f));
    REQUIRE(objects.size() == expected.size() / 6);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        CAPTURE(i);
        const float* const row = expected.data() + 6 * i;
        const box& where = objects[i].where;
        constexpr double half_a_pixel = 0.5 / 352;
        check_agreement(std::array{where.left, where.top, where.right, where.bottom}, std::span(row, 4),
                        half_a_pixel);
        check_agreement(std::array{objects[i].score}, std::span(row + 4, 1), 1e-3);
        CHECK(objects[i].category == static_cast<int>(row[5]));
    }
}

}  // namespace golden
