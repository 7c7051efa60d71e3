// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/weight_reader.hpp"
#include "plait/network/model.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Whether a kernel's call may have these weights, its first layer being called so.
using layer_check = function_view<result<void>(std::string_view layer, const folded_layer& weights)>;

/// What loading gives: of a network its model, of a kind of model the same.
template <class Loaded>
struct model_of {
    using type = model<Loaded>;
};
template <class Loaded>
    requires requires(Loaded& m, const float* values) { m.set_weights(0, values, values); }
struct model_of<Loaded> {
    using type = Loaded;
};

/// A network in int8 where floats are read.
[[gnu::cold]] inline result<void> refuse_int8(std::string_view source) {
    return failure{text(source) << ": it holds a network in int8, where floats were expected: a network "
                                << "in<precision::int8, ...> loads it"};
}

/// Checks all layers before the first is set, unless the model is new and nobody sees it if one fails.
template <class Model>
result<void> read_into(Model& loaded, bool is_new, std::span<const std::byte> bytes, std::string_view source,
                       const load_options& options, layer_check check) {
    const auto file = safetensors::parse(bytes, source);
    if (!file) return failure{file.error()};
    if (is_kept_in_int8(*file)) return refuse_int8(source);
    const auto reader = weight_reader::open(tensors_of<typename Model::network>(), *file, source, options);
    if (!reader) return failure{reader.error()};
    const auto fits = [&](int, std::string_view name, const folded_layer& layer) {
        return check ? check(name, layer) : result<void>{};
    };
    const auto set = [&](int call, std::string_view name, const folded_layer& layer) {
        if (auto done = fits(call, name, layer); !done) return done;
        loaded.set_weights(call, layer.weights.data(), layer.bias.data());
        return result<void>{};
    };
    if (!is_new) {
        if (auto done = reader->for_layers(fits); !done) return done;
    }
    return reader->for_layers(set);
}

/// What a new model cannot have.
[[gnu::cold]] inline result<void> refuse_parts(std::string_view source, const load_options& options) {
    if (!options.takes_layer) return {};
    return failure{text(source) << ": only a part of the layers was to be read, where a new model needs all: "
                                << "load_into reads a part into a model that has weights"};
}

}  // namespace detail

/// Reads a PyTorch state_dict in safetensors (F64, F32, F16, BF16) into a model of any kind, under the names
/// that its network gives its layers; batch norm is folded in double precision. All of it fits, or one
/// sentence says what does not, and the model is as before: the tensor, what was expected and what was found.
/// `source` is what the sentence calls the bytes. `check(layer, folded)` may refuse what a kernel's call is
/// about to get.
template <class Model>
result<void> load_into(Model& loaded, std::span<const std::byte> bytes, std::string_view source = "weights",
                       const load_options& options = {}, detail::layer_check check = {}) {
    return detail::read_into(loaded, false, bytes, source, options, check);
}

/// The same from a file.
template <class Model>
result<void> load_into(Model& loaded, const file_path& path, const load_options& options = {},
                       detail::layer_check check = {}) {
    const auto bytes = detail::read_file_bytes(path);
    if (!bytes) return failure{bytes.error()};
    return load_into(loaded, bytes->span(), path.string(), options, check);
}

/// A model of a network, or one of the kind that is named, with weights as `load_into` reads them; or the
/// sentence that says why not. A part of the layers is for `load_into` alone.
template <class Network>
auto load(std::span<const std::byte> bytes, std::string_view source = "weights",
          const load_options& options = {}) -> result<typename detail::model_of<Network>::type> {
    if (const auto whole = detail::refuse_parts(source, options); !whole) return failure{whole.error()};
    typename detail::model_of<Network>::type loaded;
    if (const auto done = detail::read_into(loaded, true, bytes, source, options, {}); !done)
        return failure{done.error()};
    return loaded;
}

/// The same from a file.
template <class Network>
auto load(const file_path& path, const load_options& options = {})
    -> result<typename detail::model_of<Network>::type> {
    const auto bytes = detail::read_file_bytes(path);
    if (!bytes) return failure{bytes.error()};
    return load<Network>(bytes->span(), path.string(), options);
}

}  // namespace plait::inline PLAIT_TARGET
