// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include "plait/core/heap_array.hpp"
#include "plait/dispatch/unit.hpp"
#include "plait/network/slot_executor.hpp"

// What a unit includes whose network is in bf16 or int8.

namespace plait::inline PLAIT_TARGET::detail {

template <precision Precision, class Network, name... InFloats>
class compiled_unit<network_in<Precision, Network, InFloats...>> {
    using net = network_in<Precision, Network, InFloats...>;
    using runner = native_runner<net>;

    static heap_array<channel_code> codes_of(const float* scales, const int* zeros) {
        heap_array<channel_code> codes(scales != nullptr ? net::sizes.channels : 0);
        for (int c = 0; c < codes.size(); ++c) codes[c] = {.scale = scales[c], .zero = zeros[c]};
        return codes;
    }
    static std::span<const channel_code> span_of(const heap_array<channel_code>& codes) {
        return {codes.data(), static_cast<std::size_t>(codes.size())};
    }

    static void pack_numbers(const float* scales, const int* zeros, float* packed) {
        const heap_array<channel_code> codes = codes_of(scales, zeros);
        runner::pack_numbers(span_of(codes), packed);
    }
    static void pack_bytes(int op, const float* scales, const int* zeros, const signed char* weights,
                           const float* weight_scales, const int* bias, float* packed) {
        const heap_array<channel_code> codes = codes_of(scales, zeros);
        runner::pack_bytes(op, span_of(codes), {weights, weight_scales, bias}, packed);
    }

    static constexpr compiled_network complete() {
        compiled_network made = unit_functions<net>::shared_table;
        made.output_offsets = runner::output_offsets;
        made.output_steps = runner::output_steps;
        made.pack_numbers = pack_numbers;
        made.pack_bytes = pack_bytes;
        return made;
    }

public:
    static constexpr compiled_network table = complete();
};

}  // namespace plait::inline PLAIT_TARGET::detail
