// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/fingerprint.hpp"
#include "plait/io/load.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/network/quantise.hpp"

// Networks in int8 as safetensors: of every layer `NAME.weight` (I8), `NAME.weight.scale` (F32) and
// `NAME.bias` (I32); of what it makes, and of calls without weights as `plait.call.N`, `NAME.output.scale`
// (F32) and `NAME.output.zero_point` (U8); of layers in fp32 `NAME.weight` and `NAME.bias` (F32), norms
// folded in.

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// A tensor to store, of any type.
struct named_bytes {
    std::string name;
    std::vector<std::int64_t> dimensions;
    element_type type{};
    std::vector<std::byte> bytes;
};

/// A safetensors file of them, in the order given.
inline std::vector<std::byte> write_tensors(std::span<const named_bytes> tensors,
                                            std::span<const std::pair<std::string, std::string>> metadata) {
    std::vector<listed_tensor> listed;
    for (const named_bytes& tensor : tensors)
        listed.push_back({tensor.name, tensor.dimensions, name_of(tensor.type), tensor.bytes.size()});
    std::vector<std::byte> file = begin_safetensors(listed, metadata);
    for (const named_bytes& tensor : tensors)
        file.insert(file.end(), tensor.bytes.begin(), tensor.bytes.end());
    return file;
}

template <class Value>
constexpr element_type type_of() {
    if constexpr (std::is_same_v<Value, std::int8_t>) return element_type::i8;
    if constexpr (std::is_same_v<Value, std::uint8_t>) return element_type::u8;
    if constexpr (std::is_same_v<Value, std::int32_t>) return element_type::i32;
    return element_type::f32;
}

/// Bits of a value as they are stored.
template <class Value>
auto bits_of(Value value) {
    if constexpr (sizeof(Value) == 1)
        return std::bit_cast<std::uint8_t>(value);
    else
        return std::bit_cast<std::uint32_t>(value);
}

/// What a network's file in int8 has: goes through all of its tensors in one order, for writing and reading.
class quantised_tensors {
public:
    quantised_tensors(const plain_packing& packs, const network_tensors& tensors, feature_map input)
        : packs_(packs), tensors_(tensors), input_(input) {}

    /// Calls `visit(name, dimensions, values)` for each, where values is a vector of one of four types, until
    /// it fails.
    template <class Numbers, class Visit>
    result<void> each(Numbers& numbers, Visit visit) const {
        if (auto done = codes(numbers, "plait.input", input_, visit); !done) return done;
        for (std::size_t i = 0; i < packs_.calls.size(); ++i) {
            const op& o = packs_.calls[i];
            const std::string name = name_of_call(static_cast<int>(i));
            const bool in_floats = stays_in_floats(static_cast<int>(i));
            if (o.has_weights() && !in_floats) {
                auto& layer = numbers.layers[i];
                if (auto done = visit(name + ".weight", dimensions(o), layer.weights); !done) return done;
                const std::vector<std::int64_t> outputs{o.out.count};
                if (auto done = visit(name + ".weight.scale", outputs, layer.scale); !done) return done;
                if (auto done = visit(name + ".bias", outputs, layer.bias); !done) return done;
            } else if (o.is_packed()) {
                auto& layer = numbers.floats[i];
                const auto count =
                    o.has_weights() ? dimensions(o) : std::vector<std::int64_t>{o.channel_values()};
                if (auto done = visit(name + ".weight", count, layer.weights); !done) return done;
                const std::vector<std::int64_t> outputs{o.out.count};
                if (auto done = visit(name + ".bias", outputs, layer.bias); !done) return done;
            }
            if (auto done = codes(numbers, name + ".output", o.out, visit); !done) return done;
        }
        return {};
    }

    /// Another number for another network, or other layers in fp32.
    std::string fingerprint_words() const {
        fingerprint made;
        for (const op& o : packs_.calls) {
            made.add(static_cast<int>(o.kind));
            for (const feature_map& map : {o.in, o.other, o.out}) {
                made.add(map.count);
                made.add(map.size.height);
                made.add(map.size.width);
                for (int c = 0; c < map.count; ++c) made.add(packs_.pool[map.first + c]);
            }
            for (const window_axis& axis : {o.window.rows, o.window.columns})
                for (const int fact : {axis.kernel, axis.stride, axis.dilation, axis.before, axis.after})
                    made.add(fact);
            made.add(o.groups);
            made.add(static_cast<int>(o.act.kind));
        }
        for (const packed_step& step : packs_.steps) {
            made.add(step.call);
            made.add(static_cast<int>(step.work));
            made.add(static_cast<int>(step.out));
        }
        return std::to_string(made.value());
    }

private:
    bool stays_in_floats(int call) const {
        for (const packed_step& step : packs_.steps)
            if (step.call == call && !step.is_conversion()) return step.work == slot_work::floats;
        return false;
    }

    /// Its layer's; of calls that share weights, each after the first has a number.
    std::string name_of_call(int call) const {
        const op& o = packs_.calls[static_cast<std::size_t>(call)];
        const std::string number = std::to_string(call);
        if (!o.is_packed() || o.written == op::none) return "plait.call." + number;
        const std::string name(tensors_.layer_name(o.written));
        const bool shares = o.weights_of != op::none && o.weights_of != call;
        return shares ? name + ".call." + number : name;
    }

    static std::vector<std::int64_t> dimensions(const op& o) {
        const int inputs = o.fan_in() / o.window.taps();
        if (o.kind == op_kind::linear) return {o.out.count, inputs};
        return {o.out.count, inputs, o.window.rows.kernel, o.window.columns.kernel};
    }

    /// Of a map whose channels lie in packs, if any do.
    template <class Numbers, class Visit>
    result<void> codes(Numbers& numbers, const std::string& name, feature_map map, Visit visit) const {
        bool any = false;
        std::vector<float> scale;
        std::vector<std::uint8_t> zero;
        for (int c = 0; c < map.count; ++c) {
            const auto channel = static_cast<std::size_t>(packs_.pool[map.first + c]);
            any = any || packs_.in_packs[channel].slot != slot_place::nowhere;
            scale.push_back(numbers.codes[channel].scale);
            zero.push_back(static_cast<std::uint8_t>(numbers.codes[channel].zero));
        }
        if (!any) return {};
        const std::vector<std::int64_t> channels{map.count};
        if (auto done = visit(name + ".scale", channels, scale); !done) return done;
        if (auto done = visit(name + ".zero_point", channels, zero); !done) return done;
        if constexpr (!std::is_const_v<Numbers>) {
            for (int c = 0; c < map.count; ++c) {
                const auto i = static_cast<std::size_t>(c);
                numbers.codes[static_cast<std::size_t>(packs_.pool[map.first + c])] = {scale[i],
                                                                                       int{zero[i]}};
            }
        }
        return {};
    }

    const plain_packing& packs_;
    const network_tensors& tensors_;
    feature_map input_;
};

[[gnu::cold]] inline std::vector<std::byte> write_numbers(const quantised_tensors& network,
                                                          const quantised_weights& numbers) {
    std::vector<named_bytes> tensors;
    (void)network.each(
        numbers,
        [&](std::string name, std::vector<std::int64_t> dimensions, const auto& values) -> result<void> {
            using value = typename std::remove_cvref_t<decltype(values)>::value_type;
            named_bytes made{std::move(name), std::move(dimensions), type_of<value>(), {}};
            for (const value each : values) append_little_endian(made.bytes, bits_of(each));
            tensors.push_back(std::move(made));
            return {};
        });
    const std::pair<std::string, std::string> metadata[]{{"plait.precision", "int8"},
                                                         {"plait.network", network.fingerprint_words()}};
    return write_tensors(tensors, metadata);
}

[[gnu::cold]] inline result<quantised_weights> read_numbers(const quantised_tensors& network,
                                                            const plain_packing& packs,
                                                            std::span<const std::byte> bytes,
                                                            std::string_view source) {
    const auto file = safetensors::parse(bytes, source);
    if (!file) return failure{file.error()};
    const auto sentence = [&] { return text(source) << ": "; };
    if (!is_kept_in_int8(*file))
        return failure{
            sentence() << "it holds floats, where what `quantise` writes was expected of a network "
                          "in int8"};
    for (const metadata_entry& entry : file->metadata())
        if (is_equal(entry.key, "plait.network") && !is_equal(entry.value, network.fingerprint_words()))
            return failure{sentence()
                           << "it is of another network, or of one with other layers in fp32, than "
                              "the one that was expected"};
    quantised_weights made;
    made.codes.resize(packs.in_packs.size());
    made.layers.resize(packs.calls.size());
    made.floats.resize(packs.calls.size());
    std::size_t found = 0;
    const auto done = network.each(
        made,
        [&](const std::string& name, const std::vector<std::int64_t>& dimensions,
            auto& values) -> result<void> {
            using value = typename std::remove_cvref_t<decltype(values)>::value_type;
            const stored_tensor* const stored = file->find(name);
            if (!stored) return failure{sentence() << "tensor " << in_quotes(name) << " is missing"};
            if (stored->type != type_of<value>())
                return failure{sentence()
                               << "tensor " << in_quotes(name) << " has type " << plait::name_of(stored->type)
                               << " where " << plait::name_of(type_of<value>()) << " was expected"};
            if (!std::equal(stored->dimensions.begin(), stored->dimensions.end(), dimensions.begin(),
                            dimensions.end()))
                return failure{sentence() << "tensor " << in_quotes(name) << " has shape "
                                          << bracketed(stored->dimensions) << " where "
                                          << bracketed(dimensions) << " was expected"};
            ++found;
            values.resize(stored->bytes.size() / sizeof(value));
            for (std::size_t i = 0; i < values.size(); ++i) {
                using bits = decltype(bits_of(value{}));
                values[i] =
                    std::bit_cast<value>(load_little_endian<bits>(stored->bytes.data() + i * sizeof(value)));
                if constexpr (std::is_same_v<value, float>) {
                    if (!is_finite(values[i]))
                        return failure{sentence() << "tensor " << in_quotes(name)
                                                  << " has a value that is not finite at " << i
                                                  << " where numbers were expected"};
                }
                if constexpr (std::is_same_v<value, std::int8_t>) {
                    if (values[i] == -128)
                        return failure{sentence()
                                       << "tensor " << in_quotes(name) << " has -128 at " << i
                                       << " where symmetric weights, from -127 to 127, were expected"};
                }
            }
            return {};
        });
    if (!done) return failure{done.error()};
    if (found != file->tensors().size()) {
        quantised_weights again = made;
        for (const stored_tensor& tensor : file->tensors()) {
            bool is_known = false;
            (void)network.each(again, [&](const std::string& name, const auto&, auto&) -> result<void> {
                is_known = is_known || is_equal(name, tensor.name);
                return {};
            });
            if (!is_known)
                return failure{sentence() << "tensor " << in_quotes(tensor.name) << " was not expected"};
        }
    }
    return made;
}

/// Takes weights as a model does, and keeps them.
template <class Network>
struct layer_keeper {
    using network = Network;
    std::vector<folded_layer> layers =
        std::vector<folded_layer>(static_cast<std::size_t>(Network::sizes.ops));

    void set_weights(int call, const float* weights, const float* bias) {
        const op& o = Network::calls.ops[call];
        folded_layer& layer = layers[static_cast<std::size_t>(call)];
        layer.weights.assign(weights, weights + (o.has_weights() ? o.weights() : o.channel_values()));
        layer.bias.assign(bias, bias + o.out.count);
    }
};

}  // namespace detail

/// The folded weights of every call of a network, from a PyTorch state_dict in safetensors, as `load` reads
/// one.
template <class Network>
result<std::vector<folded_layer>> read_layers(const file_path& path, const load_options& options = {}) {
    detail::layer_keeper<Network> keeper;
    if (const auto done = load_into(keeper, path, options); !done) return failure{done.error()};
    return std::move(keeper.layers);
}

/// A network's numbers in int8, of a state_dict in floats and the ranges that `calibrate` found.
template <class Network>
    requires(precision_of<Network> == precision::int8)
result<quantised_weights> quantise(const file_path& weights, const activation_ranges& ranges,
                                   const load_options& options = {}) {
    const auto layers = read_layers<typename Network::in_floats>(weights, options);
    if (!layers) return failure{layers.error()};
    return quantise<Network>(*layers, ranges);
}

/// A network's numbers in int8 as a safetensors file.
template <class Network>
    requires(precision_of<Network> == precision::int8)
std::vector<std::byte> write_quantised(const quantised_weights& numbers) {
    const detail::plain_packing packs = detail::packing_of<Network>();
    const network_tensors tensors = tensors_of<Network>();
    return detail::write_numbers({packs, tensors, Network::calls.input}, numbers);
}

/// What `write_quantised` wrote; or one sentence that says what does not fit.
template <class Network>
    requires(precision_of<Network> == precision::int8)
result<quantised_weights> read_quantised(std::span<const std::byte> bytes,
                                         std::string_view source = "weights") {
    const detail::plain_packing packs = detail::packing_of<Network>();
    const network_tensors tensors = tensors_of<Network>();
    const detail::quantised_tensors all(packs, tensors, Network::calls.input);
    auto numbers = detail::read_numbers(all, packs, bytes, source);
    if (!numbers) return failure{numbers.error()};
    if (const auto done = detail::check_numbers(packs, tensors, *numbers); !done)
        return failure{detail::text(source) << ": " << done.error()};
    return numbers;
}

namespace detail {

/// Names in a file of int8 are those of the network.
[[gnu::cold]] inline result<void> refuse_options(std::string_view source, const load_options& options) {
    if (options.strip_prefix.empty() && options.add_prefix.empty() && !options.rename &&
        !options.leave_extra_tensors && !options.takes_layer)
        return {};
    return failure{
        text(source) << ": names were to be changed or left, where a file in int8 is read as it is"};
}

/// A kind of model in int8.
template <class Model>
concept made_of_numbers = requires(const quantised_weights& numbers) {
    Model::of(numbers);
};

template <made_of_numbers Model>
struct model_of<Model> {
    using type = Model;
};

/// A model in int8 from a file that `write_quantised` made. Its names are not to be changed.
template <made_of_numbers Model>
struct loader<Model> {
    static result<Model> load(std::span<const std::byte> bytes, std::string_view source,
                              const load_options& options) {
        if (const auto done = refuse_options(source, options); !done) return failure{done.error()};
        const auto numbers = read_quantised<typename Model::network>(bytes, source);
        if (!numbers) return failure{numbers.error()};
        return Model::of(*numbers);
    }
};
template <class Network, name... InFloats>
struct loader<network_in<precision::int8, Network, InFloats...>>
    : loader<model<network_in<precision::int8, Network, InFloats...>>> {};

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
