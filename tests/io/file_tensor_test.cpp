// SPDX-License-Identifier: BSD-3-Clause
// Tensors in the layout of a model file: what is put in and what comes out lies where the file has it.
#include "plait/io/file_tensor.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/network/model.hpp"

namespace {

using namespace plait;

/// Twice the input, and the input cut to its first column.
using net = network<shape{.channels = 4, .height = 2, .width = 3}, combine_constant{.constant = 2.0},
                    also_output, slice_pixels{.columns = {.to = 1}}>;

/// 0, 1, 2, ... in whatever order the file has.
std::vector<float> counted(int count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return values;
}

struct fixture {
    model<net> doubled = model<net>::zeros();
    net::workspace scratch{};

    std::vector<float> run(const file_tensor& input, const file_tensor& output) {
        put_file_tensor(doubled, scratch, input, counted(input.elements()));
        doubled.run(scratch);
        return file_tensor_of(doubled, scratch, output);
    }
};

constexpr file_tensor as_it_is{.name = "x", .dimensions = {1, 4, 2, 3}};
constexpr file_tensor channels_last{
    .name = "x", .dimensions = {1, 2, 3, 4}, .whole = {.channels_last = true}};
constexpr tensor_part of_both[]{{}, {.map = 1, .first = 24}};
constexpr file_tensor in_a_row{.name = "all", .dimensions = {1, 32}, .several = of_both};
constexpr file_tensor in_pairs{
    .name = "pairs",
    .dimensions = {1, 12, 2},
    .whole = {.runs = {{.axis = map_axis::channels, .count = 2, .step = 2, .apart = 12},
                       {.axis = map_axis::rows, .count = 2, .apart = 6},
                       {.axis = map_axis::columns, .count = 3, .apart = 2},
                       {.axis = map_axis::channels, .count = 2}}}};

}  // namespace

TEST_CASE("a tensor knows its dimensions") {
    static_assert(in_a_row.rank() == 2 && in_a_row.elements() == 32);
    static_assert(channels_last.rank() == 4 && channels_last.elements() == 24);
    static_assert(as_it_is.parts().size() == 1 && in_a_row.parts().size() == 2);
}

TEST_CASE_FIXTURE(fixture, "values keep their order where file and map agree") {
    std::vector<float> expected = counted(24);
    for (float& value : expected) value *= 2;
    check_agreement(run(as_it_is, as_it_is), expected, 0);
    check_agreement(run(channels_last, channels_last), expected, 0);
}

TEST_CASE_FIXTURE(fixture, "channels first and last are each other's transpose") {
    const std::vector<float> found = run(channels_last, as_it_is);
    std::vector<float> expected;
    for (int c = 0; c < 4; ++c)
        for (int pixel = 0; pixel < 6; ++pixel) expected.push_back(static_cast<float>(2 * (pixel * 4 + c)));
    check_agreement(found, expected, 0);
}

TEST_CASE_FIXTURE(fixture, "runs interleave") {
    const std::vector<float> found = run(as_it_is, in_pairs);
    std::vector<float> expected;
    for (int half = 0; half < 2; ++half)
        for (int pixel = 0; pixel < 6; ++pixel)
            for (int c = 0; c < 2; ++c)
                expected.push_back(static_cast<float>(2 * ((2 * half + c) * 6 + pixel)));
    check_agreement(found, expected, 0);
}

TEST_CASE_FIXTURE(fixture, "several outputs lie one after another") {
    const std::vector<float> found = run(as_it_is, in_a_row);
    std::vector<float> expected = counted(24);
    for (float& value : expected) value *= 2;
    for (int row = 0; row < 8; ++row) expected.push_back(static_cast<float>(6 * row));
    check_agreement(found, expected, 0);
}

TEST_CASE_FIXTURE(fixture, "a log softmax is over the channels of each pixel") {
    file_tensor output = as_it_is;
    output.log_softmax = true;
    const std::vector<float> found = run(as_it_is, output);
    for (std::size_t pixel = 0; pixel < 6; ++pixel) {
        double sum = 0;
        for (std::size_t c = 0; c < 4; ++c) sum += std::exp(double{found[c * 6 + pixel]});
        CHECK(sum == doctest::Approx(1).epsilon(1e-6));
        CHECK(double{found[pixel]} == doctest::Approx(-36 - std::log1p(std::exp(-12) + std::exp(-24))));
    }
}
