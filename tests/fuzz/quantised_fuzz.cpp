// SPDX-License-Identifier: BSD-3-Clause
// A file of a network in int8, read, written again, and run beside plain integers.
#include <cstring>
#include <numeric>

#include "fuzz.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/network/integer_reference.hpp"
#include "plait/precision.hpp"

using namespace plait;

namespace {

/// make_seeds.py knows its tensors.
using net = network<shape{3, 6, 6}, conv{.out = 8, .kernel = 3}, depthwise{}, conv{.out = 5}, max_pool{},
                    global_average_pool{}, linear{.out = 4}>;
using small = in<precision::int8, net>;
using loaded = result<model<small>>;

tensor<float, net::input> picture() {
    tensor<float, net::input> values;
    std::iota(values.begin(), values.end(), -20.0F);
    for (float& value : values) value /= 30;
    return values;
}

void check_numbers(const quantised_weights& numbers, std::span<const std::byte> bytes) {
    const std::vector<std::byte> written = write_quantised<small>(numbers);
    const auto again = read_quantised<small>(written, "file");
    expect(bool(again), "what was written is read");
    expect(write_quantised<small>(*again) == written, "what was read is written as it was");

    const loaded made = load<small>(bytes, "file");
    expect(bool(made), "what can be read is loaded");
    static model<small>::workspace scratch;
    const auto found = (*made)(picture(), scratch);
    const auto expected = integer_forward<small>(picture(), numbers);
    const feature_map logits = small::calls.ops[small::sizes.ops - 1].out;
    for (int i = 0; i < logits.count; ++i) {
        const float logit = expected.floats[static_cast<std::size_t>(small::calls.channel(logits, i))][0];
        expect(std::memcmp(&found.data()[i], &logit, sizeof logit) == 0,
               "logits are those of plain integers");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes = std::as_bytes(std::span(data, size));
    const auto numbers = read_quantised<small>(bytes, "file");
    if (numbers) {
        check_numbers(*numbers, bytes);
        return 0;
    }
    expect_sentence(numbers.error(), "file: ");
    const loaded made = load<small>(bytes, "file");
    expect(!made, "what cannot be read is not loaded");
    expect(std::string_view(made.error()) == std::string_view(numbers.error()), "both say the same");
    expect(!load<net>(bytes, "file"), "no such file is one of floats");
    return 0;
}
