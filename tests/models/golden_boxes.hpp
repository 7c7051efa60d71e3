// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "golden.hpp"
#include "plait/models/detection.hpp"

namespace golden {

/// What FastestDet's output is decoded to has the classes of the file's boxes, their scores to 1e-3 and their
/// corners to half a pixel of 352: none more, none fewer.
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
        constexpr float half_a_pixel = 0.5f / 352;
        CHECK(std::fabs(where.left - row[0]) <= half_a_pixel);
        CHECK(std::fabs(where.top - row[1]) <= half_a_pixel);
        CHECK(std::fabs(where.right - row[2]) <= half_a_pixel);
        CHECK(std::fabs(where.bottom - row[3]) <= half_a_pixel);
        CHECK(std::fabs(objects[i].score - row[4]) <= 1e-3f);
        CHECK(objects[i].category == static_cast<int>(row[5]));
    }
}

}  // namespace golden
