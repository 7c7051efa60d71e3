// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "../guarded_memory.hpp"
#include "../network/reference.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/network/plan.hpp"

// Runs one kernel by itself and holds it against the plain loops of reference.hpp. Its channels lie in
// shuffled places of a workspace that is otherwise full of what is not a number, between pages that nobody
// may touch; so do its packed weights. What is neither output nor scratch must stay as it was.

namespace kernel_trial {

using namespace plait;

struct kernel_case {
    op_kind kind{};
    int in = 1;  ///< channels; of one side where two are added
    int out = 1;
    extent size{};  ///< of the input
    plait::window window{};
    int factor = 1;
    int groups = 1;
    plait::sampling sampling{};
    plait::binary binary{};
    bool count_include_pad = true;
    activation act{};
    op_layout layout{};
    float largest = 1;  ///< size that an input may have
    bool one_slope = false;
    int winograd = 0;
};

inline constexpr op_layout planes{};
inline constexpr op_layout planes_to_groups{.in_step = 1, .out_step = native_lanes};
inline constexpr op_layout groups_to_planes{.in_step = native_lanes, .out_step = 1};
/// Input channels in any lanes of any groups.
inline constexpr op_layout scattered_groups{.in_step = native_lanes, .out_step = native_lanes};
inline constexpr op_layout whole_groups{
    .in_step = native_lanes, .out_step = native_lanes, .in_whole_groups = true};

/// What a binary operation combines with the input: one channel and one pixel are all that it may lack.
constexpr feature_map other_of(const kernel_case& k) {
    if (k.kind != op_kind::binary || k.binary.other == operand::constant ||
        k.binary.other == operand::channel_values)
        return {};
    return {k.binary.other == operand::one_a_channel ? extent{1, 1} : k.size, k.in,
            k.binary.other == operand::one_a_pixel ? 1 : k.in};
}

constexpr extent out_size(const kernel_case& k) {
    if (k.kind == op_kind::global_average_pool || k.kind == op_kind::global_max_pool ||
        k.kind == op_kind::linear)
        return {1, 1};
    if (k.kind == op_kind::conv_transpose) return k.window.undone(k.size);
    if (k.kind == op_kind::resample) return k.sampling.outputs();
    if (k.kind == op_kind::pixel_shuffle) return k.size * k.factor;
    if (k.kind == op_kind::pixel_unshuffle) return k.size / k.factor;
    return k.window.outputs(k.size);
}

constexpr op op_of(const kernel_case& k) {
    const feature_map other = other_of(k);
    return {.kind = k.kind,
            .act = k.act,
            .window = k.window,
            .factor = k.factor,
            .groups = k.groups,
            .sampling = k.sampling,
            .binary = k.binary,
            .count_include_pad = k.count_include_pad,
            .one_slope = k.one_slope,
            .in = {k.size, 0, k.in},
            .other = other,
            .out = {out_size(k), k.in + other.count, k.out},
            .winograd = k.winograd};
}

/// The margins that a plan gives the call, which do not depend on the number of channels.
inline int planned_margin(kernel_case k) {
    k.in = k.out = k.groups = 1;
    constexpr int most_channels = 3;
    program<graph_sizes{1, most_channels, most_channels, 1}> p;
    p.ops[0] = op_of(k);
    p.input = p.ops[0].in;
    p.outputs[0] = p.ops[0].out;
    std::iota(p.pool, p.pool + most_channels, 0);
    return make_plan(p, layout_policy{}).margin;
}

/// Hands out places for channels, one range after another.
class places {
public:
    places(int begin, unsigned seed) : end_(begin), random_(seed) {}

    /// An offset for each channel.
    std::vector<int> take(int count, extent size, int step, bool whole) {
        std::vector<int> offsets(static_cast<std::size_t>(count));
        if (step == 1) {
            for (int c : shuffled(count))
                offsets[static_cast<std::size_t>(c)] = reserve(plane_pitch(size.pixels()));
            return offsets;
        }
        const int groups = (count + step - 1) / step + (whole ? 0 : 1);
        std::vector<int> begins(static_cast<std::size_t>(groups));
        for (int g : shuffled(groups)) begins[static_cast<std::size_t>(g)] = reserve(size.pixels() * step);
        const std::vector<int> lanes = whole ? in_order(count) : shuffled(groups * step);
        for (int c = 0; c < count; ++c) {
            const int lane = lanes[static_cast<std::size_t>(c)];
            offsets[static_cast<std::size_t>(c)] =
                begins[static_cast<std::size_t>(lane / step)] + lane % step;
        }
        return offsets;
    }

    int reserve(int values) { return std::exchange(end_, end_ + values); }
    int end() const { return end_; }

private:
    static std::vector<int> in_order(int count) {
        std::vector<int> numbers(static_cast<std::size_t>(count));
        std::iota(numbers.begin(), numbers.end(), 0);
        return numbers;
    }
    std::vector<int> shuffled(int count) {
        std::vector<int> numbers = in_order(count);
        std::shuffle(numbers.begin(), numbers.end(), random_);
        return numbers;
    }

    int end_;
    std::mt19937 random_;
};

/// Where a trial keeps everything. The input comes first or last, so that both margins are met.
struct arrangement {
    std::vector<int> in;
    std::vector<int> other;
    std::vector<int> out;
    int written_begin = 0;  ///< scratch and outputs
    int written_end = 0;
    int scratch = 0;
    int size = 0;
};

inline arrangement arrange(const kernel_case& k, int margin, bool input_first, unsigned seed) {
    const op o = op_of(k);
    places free(margin, seed);
    arrangement made;
    const auto place_input = [&] {
        made.in = free.take(k.in, k.size, k.layout.in_step, k.layout.in_whole_groups);
        const int step = o.other.size.pixels() == 1 ? native_lanes : k.layout.in_step;
        if (o.other.count > 0)
            made.other = free.take(o.other.count, o.other.size, step, k.layout.in_whole_groups);
    };
    if (input_first) place_input();
    made.written_begin = free.end();
    made.scratch = free.reserve(rounded_up(scratch_size(select(o, k.layout, native_lanes), o), 16));
    for (int g = 0; g < k.groups; ++g) {
        const auto taken = free.take(k.out / k.groups, o.out.size, k.layout.out_step, true);
        made.out.insert(made.out.end(), taken.begin(), taken.end());
    }
    made.written_end = free.end();
    if (!input_first) place_input();
    made.size = free.end() + margin;
    return made;
}

/// A kernel without its shape in its type, so that a trial is compiled once.
struct any_kernel {
    long long (*packed_size)(const op&);
    void (*pack)(const op&, const float* weights, const float* bias, float* to);
    void (*run)(const kernel_call&, const float* weights, float* workspace);
};

template <kernel_shape Shape>
any_kernel kernel_of() {
    using kernel_type = kernel<Shape>;
    return {[](const op& of) { return kernel_type::packed_size(of); },
            [](const op& of, const float* weights, const float* bias, float* to) {
                kernel_type::pack(of, weights, bias, to);
            },
            [](const kernel_call& call, const float* weights, float* workspace) {
                kernel_type::run(call, weights, workspace);
            }};
}

inline void put_map(const reference::map& map, const std::vector<int>& where, int step, float* workspace) {
    for (std::size_t c = 0; c < where.size(); ++c) {
        float* to = workspace + where[c];
        for (double value : map.channels[c]) {
            *to = static_cast<float>(value);
            to += step;
        }
    }
}

inline std::vector<float> get_output(const kernel_case& k, const arrangement& where, const float* workspace) {
    std::vector<float> found;
    for (int offset : where.out) {
        for (int p = 0; p < out_size(k).pixels(); ++p)
            found.push_back(workspace[offset + p * k.layout.out_step]);
    }
    return found;
}

/// What a kernel is given: numbers alone, or one value that is none.
enum class given_values { numbers, one_is_none };

/// What was found agrees where a number was expected; where none was, it is none. So may be `most_spoiled`
/// others.
inline void check_output(given_values given, std::vector<double> expected, std::vector<float> found,
                         int most_spoiled) {
    if (given == given_values::one_is_none) {
        REQUIRE(found.size() == expected.size());
        int are_not_none = 0;
        int spoiled = 0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const bool is_spoiled = most_spoiled > 0 && is_nan(found[i]) && !is_nan(expected[i]);
            spoiled += is_spoiled;
            if (!is_nan(expected[i]) && !is_spoiled) continue;
            are_not_none += !is_nan(found[i]);
            found[i] = 0;
            expected[i] = 0;
        }
        CHECK(are_not_none == 0);
        CHECK(spoiled <= most_spoiled);
    }
    check_agreement(found, expected, 1e-5, reference::least_largest);
}

inline reference::map random_input(const kernel_case& k, shape dimensions, unsigned seed) {
    reference::map input = reference::random_picture(dimensions, seed);
    for (reference::plane& channel : input.channels) {
        for (double& value : channel) value = double{static_cast<float>(value) * k.largest};
    }
    return input;
}

/// What a kernel is given, and the plain loops' answer.
struct problem {
    kernel_case k;
    op o = op_of(k);
    unsigned seed = static_cast<unsigned>(k.in + 100 * k.out + 10000 * k.size.width);
    reference::layer_weights weights = reference::random_weights(&o, 1, seed)[0];
    reference::map input = random_input(k, o.in.dimensions(), seed + 1);
    reference::map other = random_input(k, o.other.dimensions(), seed + 2);
    reference::map expected = reference::make(o, input, weights, other);
    given_values values = given_values::numbers;
    int most_spoiled = 4 * k.winograd * k.winograd * k.out;  ///< the tiles that read one value
};

inline void check(const problem& given, const any_kernel& tried, bool input_first,
                  guarded_memory::flush side) {
    const auto& [k, o, seed, weights, input, other, expected, values, most_spoiled] = given;
    const auto packed_size = static_cast<std::size_t>(rounded_up(static_cast<int>(tried.packed_size(o)), 16));
    const guarded_memory packed(packed_size * sizeof(float), side);
    tried.pack(o, weights.weights.data(), weights.bias.data(), packed.floats());

    const arrangement where = arrange(k, planned_margin(k), input_first, seed);
    const auto size = static_cast<std::size_t>(where.size);
    const guarded_memory memory(size * sizeof(float), side);
    float* const workspace = memory.floats();
    std::fill_n(workspace, size, std::numeric_limits<float>::quiet_NaN());
    put_map(input, where.in, k.layout.in_step, workspace);
    put_map(other, where.other, o.other.size.pixels() == 1 ? native_lanes : k.layout.in_step, workspace);
    const std::vector<float> before(workspace, workspace + size);

    tried.run({.in = where.in.data(),
               .other = where.other.data(),
               .out = where.out.data(),
               .in_count = o.group_inputs(),
               .out_count = o.group_outputs(),
               .groups = o.groups,
               .in_size = o.in.size,
               .out_size = o.out.size,
               .weights = 0,
               .scratch = where.scratch},
              packed.floats(), workspace);

    const auto begin = static_cast<std::size_t>(where.written_begin);
    const auto end = static_cast<std::size_t>(where.written_end);
    CHECK(std::memcmp(workspace, before.data(), begin * sizeof(float)) == 0);
    CHECK(std::memcmp(workspace + end, before.data() + end, (size - end) * sizeof(float)) == 0);
    check_output(values, reference::values(expected), get_output(k, where, workspace), most_spoiled);
}

inline std::string description(const kernel_case& k) {
    const auto pair = [](int a, const char* word, int b) {
        return std::to_string(a) + word + std::to_string(b);
    };
    const auto axis = [&](const window_axis& a) {
        return pair(a.kernel, " / ", a.stride) + pair(a.before, "..", a.after) + " x " +
               pair(a.dilation, "+", a.beyond);
    };
    return std::string(to_string(k.kind)) + " " + axis(k.window.rows) + ", " + axis(k.window.columns) + ", " +
           pair(k.in, " to ", k.out) + " channels of " + pair(k.size.height, " x ", k.size.width) +
           ", steps " + pair(k.layout.in_step, " to ", k.layout.out_step) +
           (k.layout.in_whole_groups ? ", whole groups" : "") +
           (k.groups > 1 ? ", " + std::to_string(k.groups) + " groups of a convolution" : "");
}

inline void check(const kernel_case& k, const any_kernel& tried) {
    const std::string what = description(k);
    INFO(what);
    const problem given{k};
    for (const bool input_first : {true, false}) {
        check(given, tried, input_first, guarded_memory::flush::with_begin);
        check(given, tried, input_first, guarded_memory::flush::with_end);
    }
}

/// A value that is not a number makes those outputs none that PyTorch makes none, and leaves the others.
inline void check_not_a_number(const kernel_case& k, const any_kernel& tried) {
    problem given{k};
    given.values = given_values::one_is_none;
    const int pixels = k.size.pixels();
    for (const int pixel : {0, pixels / 2, pixels - 1}) {
        const std::size_t channel = given.seed % given.input.channels.size();
        double& value = given.input.channels[channel][static_cast<std::size_t>(pixel)];
        const double number = std::exchange(value, std::numeric_limits<double>::quiet_NaN());
        // Processors make negative ones, libraries positive ones.
        if (pixel == 0) value = std::copysign(value, -1.0);
        INFO(description(k) << ": not a number at pixel " << pixel << " of channel " << channel);
        given.expected = reference::make(given.o, given.input, given.weights, given.other);
        check(given, tried, true, guarded_memory::flush::with_begin);
        value = number;
    }
}

template <kernel_case Case>
void check() {
    constexpr kernel_shape shape = select(op_of(Case), Case.layout, native_lanes);
    check(Case, kernel_of<shape>());
    check_not_a_number(Case, kernel_of<shape>());
}

}  // namespace kernel_trial
