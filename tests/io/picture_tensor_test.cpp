// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/picture_tensor.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "made_pictures.hpp"
#include "plait/io/resize.hpp"

using namespace made_pictures;
using plait::picture;

TEST_CASE("a picture becomes planes of [0, 1]") {
    const picture p{2, 2, {0, 255, 51, 1, 2, 3, 102, 0, 255, 4, 5, 6}};
    const auto input = plait::to_tensor<plait::shape{3, 2, 2}>(p);
    CHECK(input(0, 0, 0) == 0.0f);
    CHECK(input(1, 0, 0) == 1.0f);
    CHECK(input(2, 0, 0) == 51.0f / 255.0f);
    CHECK(input(0, 0, 1) == 1.0f / 255.0f);
    CHECK(input(0, 1, 0) == 102.0f / 255.0f);
    CHECK(input(2, 1, 0) == 1.0f);
    CHECK(input(2, 1, 1) == 6.0f / 255.0f);
}

TEST_CASE("a picture becomes a tensor less the mean, by the deviation") {
    const picture p = one_colour(4, 3, 51);
    const auto input = plait::to_tensor<plait::shape{3, 3, 4}>(p, plait::imagenet_normalisation);
    CHECK(input(0, 2, 3) == doctest::Approx((0.2 - 0.485) / 0.229));
    CHECK(input(1, 1, 0) == doctest::Approx((0.2 - 0.456) / 0.224));
    CHECK(input(2, 0, 0) == doctest::Approx((0.2 - 0.406) / 0.225));
    CHECK(plait::to_tensor<plait::shape{3, 3, 4}>(p) ==
          plait::to_tensor<plait::shape{3, 3, 4}>(p, plait::no_normalisation));
}

TEST_CASE("a network of OpenCV's pictures sees blue first") {
    const picture p = pattern(4, 3);
    constexpr plait::shape size{3, 3, 4};
    const auto blue_first =
        plait::to_tensor<size>(p, plait::imagenet_normalisation, plait::channel_order::bgr);
    const auto red_first = plait::to_tensor<size>(p, plait::imagenet_normalisation);
    for (int plane = 0; plane < 3; ++plane) {
        CHECK(std::equal(red_first.channel(plane), red_first.channel(plane) + 12,
                         blue_first.channel(2 - plane)));
    }
}

TEST_CASE("a picture of another size is resized to the tensor's") {
    const picture p = pattern(13, 9);
    CHECK(plait::to_tensor<plait::shape{3, 4, 6}>(p) ==
          plait::to_tensor<plait::shape{3, 4, 6}>(plait::resize(p, {.height = 4, .width = 6})));
}
