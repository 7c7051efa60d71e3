// SPDX-License-Identifier: BSD-3-Clause
// Networks in bf16 and int8 that were compiled for several instruction sets. Bytes are the same on all of
// them.
#include "plait/dispatch/precision.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "../counted_allocations.hpp"
#include "../network/filled.hpp"
#include "packed_any_cpu_in_bf16.hpp"
#include "packed_any_cpu_in_int8.hpp"
#include "plait/io/quantised_file.hpp"
#include "plait/precision.hpp"

using namespace plait;

namespace {

using in_bf16 = in<precision::bf16, packed_network, "2">;
using in_int8 = in<precision::int8, packed_network>;
static_assert(std::is_same_v<packed_any_cpu_in_bf16::network, in_bf16>);
static_assert(std::is_same_v<packed_any_cpu_in_int8::network, in_int8>);

using picture_type = packed_any_cpu_in_int8::input_tensor;

picture_type some_picture(unsigned seed) {
    picture_type picture;
    fill_picture(picture, seed);
    return picture;
}

/// Both outputs, one after the other, as every way to run gives them.
template <class Model>
std::vector<float> every_output(const Model& model, const picture_type& picture) {
    const auto scratch = std::make_unique<typename Model::workspace>();
    std::fill_n(scratch->data(), std::size(scratch->values), std::numeric_limits<float>::quiet_NaN());
    const long long before = allocations;
    const auto [map, logits] = model.all_outputs(picture, *scratch);
    CHECK(allocations == before);
    std::vector<float> made(map.data(), map.data() + map.size());
    made.insert(made.end(), logits.data(), logits.data() + logits.size());

    const auto observed = model.observe(picture, *scratch, [](int, const op&, const map_view&) {});
    CHECK(std::memcmp(observed.data(), logits.data(), sizeof(float) * logits.size()) == 0);
    const auto batch = std::make_unique<typename Model::batch_workspace>();
    std::vector<typename Model::output_tensor> each(2);
    const std::vector<picture_type> pictures{some_picture(9), picture};
    REQUIRE(model.forward(pictures, each, *batch));
    CHECK(std::memcmp(each[1].data(), logits.data(), sizeof(float) * logits.size()) == 0);
    return made;
}

/// What each call makes, as floats.
template <class Model>
std::vector<float> every_map(const Model& model, const picture_type& picture) {
    const auto scratch = std::make_unique<typename Model::workspace>();
    std::vector<float> made;
    model.observe(picture, *scratch, [&](int, const op& o, const map_view& map) {
        for (int c = 0; c < o.out.count; ++c)
            for (int i = 0; i < o.out.size.pixels(); ++i)
                made.push_back(map(c, i / o.out.size.width, i % o.out.size.width));
    });
    return made;
}

}  // namespace

TEST_CASE("bf16: all targets give what a model gives") {
    const picture_type picture = some_picture(2);
    model<in_bf16> native;
    fill_weights(native);
    const std::vector<float> expected = every_output(native, picture);
    for (const std::string_view target : packed_any_cpu_in_bf16::targets()) {
        INFO(target);
        auto made = packed_any_cpu_in_bf16::for_target(target);
        REQUIRE_MESSAGE(made, made.error());
        fill_weights(*made);
        CHECK(made->target() == target);
        check_agreement(every_output(*made, picture), expected, 1e-2);
    }
    packed_any_cpu_in_bf16 best;
    CHECK(best.target() == packed_any_cpu_in_bf16::targets().front());
    CHECK_FALSE(packed_any_cpu_in_bf16::for_target("mmx"));
}

TEST_CASE("int8: all targets give the same bits") {
    model<packed_network> floats;
    fill_weights(floats);
    const std::vector<picture_type> pictures{some_picture(2), some_picture(3), some_picture(4)};
    const auto ranges = calibrate(floats, std::span(pictures));
    REQUIRE_MESSAGE(ranges, ranges.error());
    const auto numbers = quantise<in_int8>(random_layers<packed_network>(), *ranges);
    REQUIRE_MESSAGE(numbers, numbers.error());
    const auto native = model<in_int8>::of(*numbers);
    REQUIRE_MESSAGE(native, native.error());
    const std::vector<float> expected = every_output(*native, pictures[0]);
    const std::vector<std::byte> file = write_quantised<in_int8>(*numbers);
    for (const std::string_view target : packed_any_cpu_in_int8::targets()) {
        INFO(target);
        const auto made = packed_any_cpu_in_int8::for_target(target, *numbers);
        REQUIRE_MESSAGE(made, made.error());
        CHECK(every_output(*made, pictures[0]) == expected);
        CHECK(every_map(*made, pictures[0]) == every_map(*native, pictures[0]));
    }
    const auto loaded = load<packed_any_cpu_in_int8>(file);
    REQUIRE_MESSAGE(loaded, loaded.error());
    CHECK(every_output(*loaded, pictures[0]) == expected);
    CHECK_FALSE(load<packed_any_cpu_in_int8>(std::span(file).first(file.size() / 2)));
    const auto zeros = every_output(packed_any_cpu_in_int8::zeros(), pictures[0]);
    CHECK(std::all_of(zeros.begin(), zeros.end(), [](float value) { return value == 0; }));
}
