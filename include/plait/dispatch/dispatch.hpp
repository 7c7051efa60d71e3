// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "plait/core/aligned_memory.hpp"
#include "plait/dispatch/compiled_network.hpp"
#include "plait/network/network.hpp"
#include "plait/simd/dispatch.hpp"
#include "plait/tensor/array_expression.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network with its weights whose kernels were compiled for several instruction sets, one translation unit
/// each: a `model` that takes the best which the processor runs, when it is made. `operator()` is const,
/// allocates nothing and locks nothing. `PLAIT_DISPATCH` names it.
template <class Targets, class Network>
class dispatched {
#if defined(__x86_64__)
    static constexpr const compiled_network* units[]{&Targets::avx512, &Targets::avx2, &Targets::sse4_2,
                                                     &Targets::baseline};
    template <int Lanes>
    static constexpr int workspace_with = planned<Network, layout_policy{}, Lanes>::workspace_size;
    static constexpr int workspace_size =
        std::max({workspace_with<16>, workspace_with<8>, workspace_with<4>});
    static int best() { return static_cast<int>(simd::best_instruction_set()); }
#else
    static constexpr const compiled_network* units[]{&Targets::PLAIT_TARGET};
    static constexpr int workspace_size = planned<Network>::workspace_size;
    static int best() { return 0; }
#endif

public:
    using network = Network;
    using input_tensor = tensor<float, Network::input>;
    using output_tensor = tensor<float, Network::output>;
    static constexpr int outputs = Network::sizes.outputs;

    /// Large enough for every instruction set.
    struct workspace : workspace_of<workspace_size> {};

    /// On the best instruction set; all weights zero.
    dispatched() : dispatched(*checked(*units[best()]).value()) {}

    /// On the instruction set of that name; a sentence where it is not one of `targets()`.
    static result<dispatched> for_target(std::string_view name) {
        const auto found = std::find_if(std::begin(units), std::end(units),
                                        [&](const compiled_network* unit) { return unit->target == name; });
        if (found == std::end(units))
            return failure{"target '" + std::string(name) + "' is not compiled in" + expected_names()};
        if (found - std::begin(units) < best())
            return failure{"target '" + std::string(name) + "' is beyond this processor" + expected_names()};
        const auto unit = checked(**found);
        if (!unit) return failure{unit.error()};
        return dispatched(**unit);
    }

    /// The instruction sets that this processor runs, the best first: avx512, avx2, sse4_2 and baseline, or,
    /// where the program is not for x86-64, that of its flags alone.
    static std::vector<std::string_view> targets() {
        std::vector<std::string_view> names;
        for (const compiled_network* const* unit = units + best(); unit != std::end(units); ++unit)
            names.emplace_back((*unit)->target);
        return names;
    }

    /// The instruction set that was taken.
    std::string_view target() const { return unit_->target; }

    /// As of a `model`.
    void set_weights(int op, const float* weights, const float* bias) {
        unit_->pack(op, weights, bias, packed_.get());
    }

    /// The output of the last block. Further outputs: `all_outputs`.
    output_tensor operator()(const input_tensor& picture, workspace& scratch) const {
        unit_->forward(picture.data(), packed_.get(), scratch.data());
        return output<outputs - 1>(scratch);
    }

    /// The same for any xtensor container or expression, as of a `model`.
    template <array_expression Picture>
    auto operator()(const Picture& picture, workspace& scratch) const {
        return detail::with_tensor<float, Network::input>(
            picture, [&](const input_tensor& converted) { return (*this)(converted, scratch); });
    }

    /// Every output of the network, in the order of their declaration.
    auto all_outputs(const input_tensor& picture, workspace& scratch) const {
        unit_->forward(picture.data(), packed_.get(), scratch.data());
        return [&]<int... Index>(std::integer_sequence<int, Index...>) {
            return std::tuple{output<Index>(scratch)...};
        }
        (std::make_integer_sequence<int, outputs>{});
    }

private:
    explicit dispatched(const compiled_network& unit)
        : unit_(&unit), packed_(make_aligned<float>(unit.packed_size)) {}

    static result<const compiled_network*> checked(const compiled_network& unit) {
        if (unit.parameters != Network::parameters || unit.macs != Network::macs ||
            unit.workspace_size > workspace_size)
            return failure{"the unit for " + std::string(unit.target) +
                           " was compiled of another network, where the program's was expected"};
        return &unit;
    }

    static std::string expected_names() {
        std::string text = ", where one of";
        for (const std::string_view name : targets()) text.append(" ").append(name);
        return text + " was expected";
    }

    template <int Index>
    auto output(workspace& scratch) const {
        tensor<float, Network::calls.outputs[Index].dimensions()> result;
        unit_->get_output(Index, scratch.data(), result.data());
        return result;
    }

    const compiled_network* unit_;
    aligned_memory<float> packed_;
};

}  // namespace plait::inline PLAIT_TARGET

/// PLAIT_DISPATCH(digits, plait::augshufflenet_x0_5<10>); makes `digits` the model of a network whose units
/// are linked to the program: plait/dispatch/unit.hpp says how to make them, and CMake's plait_dispatch does.
#define PLAIT_DISPATCH(name, ...) \
    PLAIT_DISPATCH_TARGETS(name); \
    using name = plait::dispatched<name##_targets, __VA_ARGS__>
