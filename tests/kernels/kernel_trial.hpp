// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <doctest/doctest.h>

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
    int kernel = 1;
    int stride = 1;  ///< the factor, of an upsampling
    activation act{};
    op_layout layout{};
};

inline constexpr op_layout planes{};
inline constexpr op_layout planes_to_groups{.in_step = 1, .out_step = native_lanes};
inline constexpr op_layout groups_to_planes{.in_step = native_lanes, .out_step = 1};
/// Input channels in any lanes of any groups.
inline constexpr op_layout scattered_groups{.in_step = native_lanes, .out_step = native_lanes};
inline constexpr op_layout whole_groups{
    .in_step = native_lanes, .out_step = native_lanes, .in_whole_groups = true};

constexpr int sides(const kernel_case& k) { return k.kind == op_kind::add ? 2 : 1; }

constexpr extent out_size(const kernel_case& k) {
    if (k.kind == op_kind::global_average_pool) return {1, 1};
    return k.kind == op_kind::upsample ? k.size * k.stride : k.size / k.stride;
}

constexpr op op_of(const kernel_case& k) {
    const int in = k.in * sides(k);
    return {.kind = k.kind,
            .act = k.act,
            .kernel = k.kernel,
            .stride = k.stride,
            .in = {k.size, 0, in},
            .out = {out_size(k), in, k.out}};
}

/// The margins that a plan gives the call.
template <kernel_case Case>
int planned_margin() {
    constexpr int channels = Case.in * sides(Case) + Case.out;
    program<graph_sizes{1, channels, channels, 1}> p;
    p.ops[0] = op_of(Case);
    p.input = p.ops[0].in;
    p.outputs[0] = p.ops[0].out;
    std::iota(p.pool, p.pool + channels, 0);
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
    std::vector<int> out;
    int written_begin = 0;  ///< scratch and outputs
    int written_end = 0;
    int scratch = 0;
    int size = 0;
};

template <kernel_case Case>
arrangement arrange(bool input_first, unsigned seed) {
    constexpr op o = op_of(Case);
    const int margin = planned_margin<Case>();
    places free(margin, seed);
    arrangement made;
    const auto place_input = [&] {
        for (int side = 0; side < sides(Case); ++side) {
            const auto taken =
                free.take(Case.in, Case.size, Case.layout.in_step, Case.layout.in_whole_groups);
            made.in.insert(made.in.end(), taken.begin(), taken.end());
        }
    };
    if (input_first) place_input();
    made.written_begin = free.end();
    made.scratch = free.reserve(rounded_up(scratch_size(select(o, Case.layout, native_lanes), o), 16));
    made.out = free.take(Case.out, o.out.size, Case.layout.out_step, true);
    made.written_end = free.end();
    if (!input_first) place_input();
    made.size = free.end() + margin;
    return made;
}

inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <kernel_case Case>
void check(bool input_first, guarded_memory::flush side) {
    constexpr op o = op_of(Case);
    using kernel_type = kernel<select(o, Case.layout, native_lanes), float>;
    const unsigned seed = static_cast<unsigned>(Case.in + 100 * Case.out + 10000 * Case.size.width);

    const auto weights = reference::random_weights(&o, 1, seed)[0];
    const auto packed_size =
        static_cast<std::size_t>(rounded_up(static_cast<int>(kernel_type::packed_size(o)), 16));
    const guarded_memory packed(packed_size * sizeof(float), side);
    kernel_type::pack(o, weights.weights.data(), weights.bias.data(), packed.floats());

    const arrangement where = arrange<Case>(input_first, seed);
    const auto size = static_cast<std::size_t>(where.size);
    const guarded_memory memory(size * sizeof(float), side);
    float* const workspace = memory.floats();
    std::fill_n(workspace, size, not_a_number);
    const reference::map input =
        reference::random_picture({o.in.count, Case.size.height, Case.size.width}, seed + 1);
    for (int c = 0; c < o.in.count; ++c) {
        const reference::plane& channel = input.channels[static_cast<std::size_t>(c)];
        for (int p = 0; p < Case.size.pixels(); ++p)
            workspace[where.in[static_cast<std::size_t>(c)] + p * Case.layout.in_step] =
                static_cast<float>(channel[static_cast<std::size_t>(p)]);
    }
    const std::vector<float> before(workspace, workspace + size);

    kernel_type::run({.in = where.in.data(),
                      .out = where.out.data(),
                      .in_count = o.in.count,
                      .out_count = o.out.count,
                      .in_size = o.in.size,
                      .out_size = o.out.size,
                      .weights = 0,
                      .scratch = where.scratch},
                     packed.floats(), workspace);

    const auto begin = static_cast<std::size_t>(where.written_begin);
    const auto end = static_cast<std::size_t>(where.written_end);
    CHECK(std::memcmp(workspace, before.data(), begin * sizeof(float)) == 0);
    CHECK(std::memcmp(workspace + end, before.data() + end, (size - end) * sizeof(float)) == 0);

    std::vector<float> found;
    for (int offset : where.out) {
        for (int p = 0; p < o.out.size.pixels(); ++p)
            found.push_back(workspace[offset + p * Case.layout.out_step]);
    }
    CHECK(reference::difference(reference::make(o, input, weights), found.data()) < 1e-5);
}

template <kernel_case Case>
void check() {
    INFO(to_string(Case.kind) << " " << Case.kernel << " / " << Case.stride << ", " << Case.in << " to "
                              << Case.out << " channels of " << Case.size.height << " x " << Case.size.width
                              << ", steps " << Case.layout.in_step << " to " << Case.layout.out_step
                              << (Case.layout.in_whole_groups ? ", whole groups" : ""));
    check<Case>(true, guarded_memory::flush::with_begin);
    check<Case>(true, guarded_memory::flush::with_end);
    check<Case>(false, guarded_memory::flush::with_begin);
    check<Case>(false, guarded_memory::flush::with_end);
}

}  // namespace kernel_trial
