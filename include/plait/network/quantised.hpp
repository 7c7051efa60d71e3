// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/core/text.hpp"
#include "plait/network/fold.hpp"
#include "plait/network/model.hpp"
#include "plait/network/slot_executor.hpp"
#include "plait/network/tensors.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network in int8 as numbers: what `quantise` makes, and files hold.
struct quantised_weights {
    std::vector<channel_code> codes;  ///< of every channel of `Network::calls`; of those in packs it counts
    std::vector<quantised_layer> layers;  ///< of every call; empty where it is no layer in int8
    std::vector<folded_layer> floats;     ///< of every call; empty where it does not stay in fp32
};

namespace detail {

/// The network as a sentence speaks of it: "layer 'conv1'", "the add of call 5".
inline text words_of_call(const network_tensors& tensors, int call) {
    const op& o = tensors.calls[static_cast<std::size_t>(call)];
    if (o.is_packed() && o.written != op::none)
        return text("layer ") << in_quotes(tensors.layer_name(o.written));
    return text("the ") << to_string(o.kind) << " of call " << std::to_string(call);
}

/// The largest that a step's sums can be, and what they are multiplied by.
inline double most_of_sum(const quantised_layer& layer, int output) {
    const auto o = static_cast<std::size_t>(output);
    const std::size_t fan_in = layer.weights.size() / layer.scale.size();
    double most = std::abs(static_cast<double>(layer.bias[o]));
    for (std::size_t i = o * fan_in; i < (o + 1) * fan_in; ++i)
        most += 255.0 * std::abs(static_cast<double>(layer.weights[i]));
    return most;
}

/// The most that an activation that stays in packs makes values larger.
inline double most_gain(activation act) {
    const double slope = std::abs(double{act.first});
    return act.kind == activation_kind::leaky_relu && slope > 1 ? slope : 1;
}

inline constexpr double largest_sum = 2147483647.0;
/// What is rounded to a whole number is less.
inline constexpr double largest_rounded = 1073741824.0;

/// Refuses numbers that are none, or with which a sum or what it is scaled to could leave 32 bits.
[[gnu::cold]] inline result<void> check_numbers(const plain_packing& packs, const network_tensors& tensors,
                                                const quantised_weights& of) {
    const auto refuse = [&](int call, int channel, std::string_view why) {
        return failure{words_of_call(tensors, call)
                       << ", channel " << std::to_string(channel) << ": " << why};
    };
    for (std::size_t s = 0; s < packs.steps.size(); ++s) {
        const packed_step& step = packs.steps[s];
        if (step.is_conversion() || step.work == slot_work::floats) continue;
        const slot_wiring wiring = packs.wire(static_cast<int>(s), of.codes);
        const op& o = *wiring.call;
        for (const wired_map* map : {&wiring.in, &wiring.other, &wiring.out}) {
            if (map == &wiring.out && step.out == precision::f32) continue;
            for (int c = 0; c < map->channels; ++c) {
                const channel_code code = map->code[c];
                if (!is_finite(code.scale) || !(code.scale >= 0x1p-100F))
                    return refuse(step.call, c, "its range has a scale that is no number above 2^-100");
                if (code.zero < 0 || code.zero > 255)
                    return refuse(step.call, c, "its range has a zero point that is no byte");
            }
        }
        if (step.work == slot_work::largest || step.work == slot_work::move) {
            for (int c = 0; c < wiring.out.channels; ++c)
                if (!(wiring.out.code[c] == wiring.in.code[c]))
                    return refuse(step.call, c, "it must have the range of what it is made of");
            continue;
        }
        const quantised_layer& layer = of.layers[static_cast<std::size_t>(step.call)];
        for (int c = 0; c < o.out.count; ++c) {
            const channel_code out = step.out == precision::f32 ? channel_code{} : wiring.out.code[c];
            channel_numbers numbers;
            double most = 0;
            if (o.has_weights()) {
                const float scale = layer.scale[static_cast<std::size_t>(c)];
                if (!is_finite(scale) || !(scale >= 0x1p-120F))
                    return refuse(step.call, c, "its weights have a scale that is no number above 2^-120");
                numbers = channel_numbers::of_layer(layer, c, o.act, out);
                most = most_of_sum(layer, c);
            } else if (step.work == slot_work::combine) {
                numbers = channel_numbers::of_sum(wiring.in.code[c], wiring.other.code[c], o.act, out);
                most = 255.0 * 2 * 16384;
            } else if (step.work == slot_work::multiply) {
                numbers = channel_numbers::of_product(wiring.in.code[c], wiring.other.code[c], o.act, out);
                most = 255.0 * 255;
            } else {
                const int count = step.work == slot_work::average ? o.in.size.pixels() : o.window.taps();
                most = 255.0 * count;
                if (most > largest_sum) return refuse(step.call, c, "it sums over more than 32 bits hold");
                numbers = channel_numbers::of_mean(count, wiring.in.code[c], o.act, out);
            }
            if (most > largest_sum)
                return refuse(
                    step.call, c,
                    "its bias and weights may leave 32 bits: the scale of its weights is too small");
            const double rounded =
                most * static_cast<double>(numbers.scale) *
                (saturates(o.act) ? 1.0 : most_gain(o.act) * static_cast<double>(numbers.inverse));
            if (step.out != precision::f32 && !(rounded < largest_rounded))
                return refuse(step.call, c, "its range is too small for what it sums up");
            if (!(most * static_cast<double>(numbers.scale) <=
                  static_cast<double>(std::numeric_limits<float>::max())))
                return refuse(step.call, c, "the scale of its weights makes of its sums what is not finite");
        }
    }
    return {};
}

}  // namespace detail

namespace detail {

/// What all models have of a network that is not in fp32, whoever runs them.
template <class Network, class Runner>
class model_in_packs : public packed_model<Network, Runner, owned_weights<Network>> {
    using base = packed_model<Network, Runner, owned_weights<Network>>;

public:
    /// Sets the weights of one call of `Network::calls`, with batch norm folded in:
    /// [output][input][kernel row][kernel column], and one bias for each output.
    void set_weights(int op, const float* values,
                     const float* bias) requires(Network::kept_in == precision::bf16) {
        this->runner_.pack(op, values, bias, this->weights_.set(op));
    }

protected:
    /// Without weights.
    explicit model_in_packs(Runner of) : base(of, owned_weights<Network>(of.packed_size)) {
        if (Network::kept_in == precision::bf16) this->runner_.pack_numbers({}, this->weights_.set(op::none));
    }

    void take(const quantised_weights& numbers) {
        this->runner_.pack_numbers(numbers.codes, this->weights_.set(op::none));
        for (int call = 0; call < Network::sizes.ops; ++call) {
            if (!Network::calls.ops[call].is_packed()) continue;
            const auto i = static_cast<std::size_t>(call);
            float* const packed = this->weights_.set(call);
            if (Network::packs.steps[step_of<Network>(call)].work == slot_work::floats)
                this->runner_.pack(call, numbers.floats[i].weights.data(), numbers.floats[i].bias.data(),
                                   packed);
            else
                this->runner_.pack_bytes(call, numbers.codes, numbers.layers[i], packed);
        }
    }

    /// Panels have heads even where all weights are zero.
    void take_zeros() {
        constexpr auto ops = static_cast<std::size_t>(Network::sizes.ops);
        quantised_weights zeros{std::vector<channel_code>(Network::sizes.channels),
                                std::vector<quantised_layer>(ops), std::vector<folded_layer>(ops)};
        for (int call = 0; call < Network::sizes.ops; ++call) {
            const op& o = Network::calls.ops[call];
            if (!o.is_packed()) continue;
            const auto i = static_cast<std::size_t>(call);
            const auto values = static_cast<std::size_t>(o.weights() + o.channel_values());
            const auto outputs = static_cast<std::size_t>(o.out.count);
            zeros.layers[i] = {std::vector<std::int8_t>(values), std::vector<float>(outputs, 1.0F),
                               std::vector<std::int32_t>(outputs)};
            zeros.floats[i].weights.resize(values);
            zeros.floats[i].bias.resize(outputs);
            if constexpr (Network::kept_in == precision::bf16)
                set_weights(call, zeros.floats[i].weights.data(), zeros.floats[i].bias.data());
        }
        if constexpr (Network::kept_in == precision::int8) take(zeros);
    }

    /// A model `made` without weights, with these; or what is wrong with them.
    template <class Model>
    static result<Model> with(Model made, const quantised_weights& numbers) {
        if (const auto done = check_numbers(packing_of<Network>(), tensors_of<Network>(), numbers); !done)
            return failure{done.error()};
        made.take(numbers);
        return made;
    }
};

}  // namespace detail

/// A network that is not in fp32, with weights of its own. In bf16 `load` makes one from a file of floats; in
/// int8 from what `quantise` made.
template <precision Precision, class Network, name... InFloats, layout_policy Policy>
class model<network_in<Precision, Network, InFloats...>, Policy>
    : public detail::model_in_packs<network_in<Precision, Network, InFloats...>,
                                    native_runner<network_in<Precision, Network, InFloats...>, Policy>> {
    using net = network_in<Precision, Network, InFloats...>;
    using base = detail::model_in_packs<net, native_runner<net, Policy>>;
    struct without_weights {};
    explicit model(without_weights) : base({}) {}

public:
    using runner = typename base::runner;

    /// Bytes of packed weights.
    static constexpr long long weight_bytes = 4 * runner::packed_size;

    /// Without weights. Running it before all are set aborts with a sentence.
    model() requires(Precision == precision::bf16) : base({}) {}

    /// A model whose weights are all zero, to look at and to measure.
    static model zeros() {
        model made{without_weights{}};
        made.take_zeros();
        return made;
    }

    /// The model of numbers, or what is wrong with them.
    static result<model> of(const quantised_weights& numbers) requires(Precision == precision::int8) {
        return base::with(model{without_weights{}}, numbers);
    }
};

}  // namespace plait::inline PLAIT_TARGET
