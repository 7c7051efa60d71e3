// SPDX-License-Identifier: BSD-3-Clause
#include "plait/models/detection.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden_boxes.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"

using namespace plait;

namespace {

constexpr box unit{0, 0, 1, 1};
constexpr box left_half{0, 0, 0.5f, 1};
constexpr box right_half{0.5f, 0, 1, 1};
constexpr box beyond{2, 2, 3, 3};

static_assert(unit.area() == 1);
static_assert(box{1, 0, 0, 1}.area() == 0);
static_assert(intersection(unit, left_half) == left_half);
static_assert(intersection(unit, beyond).area() == 0);
static_assert(intersection_over_union(unit, unit) == 1);
static_assert(intersection_over_union(unit, left_half) == 0.5f);
static_assert(intersection_over_union(left_half, right_half) == 0);
static_assert(intersection_over_union(unit, beyond) == 0);
static_assert(intersection_over_union(box{}, box{}) == 0);

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Two classes on a map of 2 x 4 cells.
constexpr shape small{.channels = 7, .height = 2, .width = 4};

/// Certain of class 1 at row 1, column 2.
tensor<float, small> one_object() {
    tensor<float, small> map{};
    map(0, 1, 2) = 1;
    map(6, 1, 2) = 1;
    return map;
}

template <shape Shape>
tensor<float, Shape> read(const safetensors& file, const char* name) {
    const stored_tensor* const stored = file.find(name);
    REQUIRE(stored);
    tensor<float, Shape> values;
    REQUIRE(stored->elements() == values.size());
    REQUIRE(copy_as_float(*stored, values.data()));
    return values;
}

}  // namespace

TEST_CASE("one cell makes one object") {
    const auto objects = decode_fastestdet(one_object(), 0.65f);
    REQUIRE(objects.size() == 1);
    // The box terms are zeros: the centre is the cell's corner, the size half the picture.
    CHECK(objects[0] == detected_object{1, 1.0f, {0.25f, 0.25f, 0.75f, 0.75f}});

    auto map = one_object();
    map(0, 1, 2) = 0.5f;
    map(6, 1, 2) = 0.25f;
    const double score = std::pow(0.5, 0.6) * std::pow(0.25, 0.4);
    CHECK(decode_fastestdet(map, 0.0f).at(0).score == doctest::Approx(score));
    CHECK(decode_fastestdet(map, static_cast<float>(score) + 1e-4f).empty());

    map(1, 1, 2) = 100;
    map(2, 1, 2) = -100;
    map(3, 1, 2) = 100;
    map(4, 1, 2) = -100;
    const box where = decode_fastestdet(map, 0.0f).at(0).where;
    CHECK(where.left == doctest::Approx(0.25));
    CHECK(where.right == doctest::Approx(1.25));
    CHECK(where.top == doctest::Approx(0));
    CHECK(where.bottom == doctest::Approx(0));
}

TEST_CASE("a score is above the threshold, not at it") {
    CHECK(decode_fastestdet(one_object(), 1.0f).empty());
    CHECK(decode_fastestdet(tensor<float, small>{}, 0.0f).empty());
    CHECK(decode_fastestdet(one_object(), not_a_number).empty());
}

TEST_CASE("of equally likely classes the first is taken") {
    auto map = one_object();
    map(5, 1, 2) = 1;
    CHECK(decode_fastestdet(map, 0.65f).at(0).category == 0);
}

TEST_CASE("a value that is no finite number makes its cell have no object") {
    for (const float bad : {not_a_number, infinity, -infinity}) {
        for (int channel = 0; channel < small.channels; ++channel) {
            CAPTURE(channel);
            auto map = one_object();
            map(0, 0, 0) = map(5, 0, 0) = 0.9f;
            map(channel, 1, 2) = bad;
            const auto objects = decode_fastestdet(map, 0.65f);
            REQUIRE(objects.size() == 1);
            CHECK(objects[0].category == 0);
        }
    }
}

TEST_CASE("overlaps are suppressed within a class") {
    const box shifted{0.1f, 0, 1.1f, 1};  // 0.82 of the union
    const detected_object best{3, 0.9f, unit}, second{3, 0.8f, shifted}, other_class{4, 0.7f, unit};
    const detected_object half{3, 0.6f, left_half}, far{3, 0.5f, beyond};
    CHECK(suppress_overlaps({far, second, half, other_class, best}) == std::vector{best, other_class, far});
    CHECK(suppress_overlaps({far, second, half, other_class, best}, 0.5f) ==
          std::vector{best, other_class, half, far});
    CHECK(suppress_overlaps({second, best}, 1.0f) == std::vector{best, second});
    CHECK(suppress_overlaps({}).empty());
}

TEST_CASE("what a suppressed object overlaps stays") {
    const detected_object first{0, 0.9f, {0, 0, 1, 1}}, middle{0, 0.8f, {0.3f, 0, 1.3f, 1}};
    const detected_object last{0, 0.7f, {0.6f, 0, 1.6f, 1}};
    CHECK(suppress_overlaps({last, middle, first}) == std::vector{first, last});
}

TEST_CASE("of equal scores the first comes first") {
    const detected_object a{0, 0.9f, unit}, b{1, 0.9f, unit}, c{0, 0.9f, {0.01f, 0, 1, 1}};
    CHECK(suppress_overlaps({a, b, c}) == std::vector{a, b});
    CHECK(suppress_overlaps({c, b, a}) == std::vector{c, b});
}

TEST_CASE("NaN is no score, and no overlap") {
    const detected_object unscored{0, not_a_number, unit},
        nowhere{0, 0.8f, {not_a_number, not_a_number, not_a_number, not_a_number}}, a{0, 0.9f, unit};
    const auto kept = suppress_overlaps({unscored, nowhere, a, unscored});
    REQUIRE(kept.size() == 2);
    CHECK(kept[0] == a);
    CHECK(kept[1].score == 0.8f);
}

TEST_CASE("the objects that PyTorch finds in FastestDet's output") {
    const auto answers = std::filesystem::path(PLAIT_SOURCE_DIR) / "../shared/golden";
    for (const std::string photo : {"photo_0", "photo_1", "photo_3"}) {
        const auto path = answers / ("fastestdet_coco_" + photo + ".expected.safetensors");
        if (!std::filesystem::exists(path)) {
            MESSAGE("skipped: " << path.string() << " is not there");
            continue;
        }
        CAPTURE(photo);
        const auto bytes = read_file(path);
        REQUIRE(bytes);
        const auto file = safetensors::parse(*bytes);
        REQUIRE(file);
        const auto output = read<shape{85, 22, 22}>(*file, "output");
        golden::check_boxes(output, *file);
    }
}
