// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "plait/io/file_tensor.hpp"
#include "plait/io/verify.hpp"
#include "plait/io/weight_reader.hpp"
#include "plait/network/reference.hpp"
#include "run.hpp"

namespace imported_graphs {

/// A network's calls as plain data, so that hundreds of networks compile in seconds.
struct calls {
    plait::network_tensors tensors;
    std::span<const plait::feature_map> outputs;
    std::span<const int> pool;
    plait::feature_map input;
    int channels;

    std::vector<plait::feature_map> inputs() const {
        std::vector<plait::feature_map> maps{input};
        for (const plait::op& o : tensors.calls)
            if (o.kind == plait::op_kind::input) maps.push_back(o.out);
        return maps;
    }
};

/// Values of maps, channel by channel.
using map_values = std::vector<std::vector<float>>;

/// Imported networks call by call, in double precision.
class run : public reports {
public:
    using reports::reports;

    template <class Network>
    void plain_loops(const std::string& name, std::span<const plait::file_tensor> inputs,
                     std::span<const plait::file_tensor> outputs) {
        const auto& made = Network::calls;
        const auto sentence = compare(name,
                                      {.tensors = plait::tensors_of<Network>(),
                                       .outputs = made.outputs,
                                       .pool = made.pool,
                                       .input = made.input,
                                       .channels = Network::sizes.channels},
                                      inputs, outputs);
        if (sentence.empty()) return agree();
        fail(name, sentence);
    }

private:
    std::string compare(const std::string& name, const calls& network,
                        std::span<const plait::file_tensor> inputs,
                        std::span<const plait::file_tensor> outputs) const {
        const auto weights = plait::detail::read_file_bytes(path(name, ".safetensors"));
        if (!weights) return weights.error();
        const auto file = plait::safetensors::parse(weights->span(), name);
        if (!file) return file.error();
        const auto reader = plait::detail::weight_reader::open(network.tensors, *file, name, {});
        if (!reader) return reader.error();
        std::vector<plait::folded_layer> layers(network.tensors.calls.size());
        const auto read =
            reader->for_layers([&](int call, std::string_view, const plait::folded_layer& layer) {
                layers[static_cast<std::size_t>(call)] = layer;
                return plait::result<void>{};
            });
        if (!read) return read.error();
        const auto bytes = plait::detail::read_file_bytes(path(name, ".check.safetensors"));
        if (!bytes) return bytes.error();
        const auto check = plait::safetensors::parse(bytes->span(), name);
        if (!check) return check.error();
        const auto sentence = hold_check(network, layers, plait::detail::example_reader(*check, name));
        return sentence.empty() ? hold_file(name, network, layers, inputs, outputs) : sentence;
    }

    /// The maps of the importer's check.
    static std::string hold_check(const calls& network, std::span<const plait::folded_layer> layers,
                                  const plait::detail::example_reader& example) {
        map_values given;
        for (const plait::feature_map& map : network.inputs()) {
            const auto values =
                example.values(example.input_name(static_cast<int>(given.size())), map.dimensions());
            if (!values) return values.error();
            given.push_back(*values);
        }
        const map_values made = forward(network, layers, given);
        if (example.outputs() != static_cast<int>(made.size()))
            return "the check has " + std::to_string(example.outputs()) + " outputs where the network has " +
                   std::to_string(made.size());
        for (std::size_t i = 0; i < made.size(); ++i) {
            const auto off =
                example.compare(static_cast<int>(i), made[i], network.outputs[i].dimensions(), 1e-4);
            if (!off) return off.error();
        }
        return "";
    }

    /// The tensors of the ONNX file.
    std::string hold_file(const std::string& name, const calls& network,
                          std::span<const plait::folded_layer> layers,
                          std::span<const plait::file_tensor> inputs,
                          std::span<const plait::file_tensor> outputs) const {
        const auto file = file_answers::read(path(name, ".file.safetensors"));
        if (!file) return file.error();
        if (file->inputs.size() != inputs.size() || file->outputs.size() != outputs.size())
            return "the header has other inputs or outputs than the file";
        map_values given;
        for (const plait::feature_map& map : network.inputs())
            given.emplace_back(static_cast<std::size_t>(map.dimensions().elements()));
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            for (const plait::tensor_part& part : inputs[i].parts()) {
                auto& map = given[static_cast<std::size_t>(part.map)];
                plait::detail::for_values_of(
                    part, network.inputs()[static_cast<std::size_t>(part.map)].dimensions(),
                    [&](int in_map, int in_tensor) {
                        map.at(static_cast<std::size_t>(in_map)) =
                            file->inputs[i].at(static_cast<std::size_t>(in_tensor));
                    });
            }
        }
        const map_values made = forward(network, layers, given);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const auto sentence = file->compare(i, tensor_of(network, made, outputs[i]));
            if (!sentence.empty()) return sentence;
        }
        return "";
    }

    static std::vector<float> tensor_of(const calls& network, const map_values& made,
                                        const plait::file_tensor& output) {
        std::vector<float> values(static_cast<std::size_t>(output.elements()));
        for (const plait::tensor_part& part : output.parts()) {
            const plait::shape size = network.outputs[static_cast<std::size_t>(part.map)].dimensions();
            std::vector<float> map = made[static_cast<std::size_t>(part.map)];
            if (output.log_softmax)
                plait::detail::log_softmax(size, [&](int channel, int pixel) -> float& {
                    return map[static_cast<std::size_t>(channel * size.pixels() + pixel)];
                });
            plait::detail::for_values_of(part, size, [&](int in_map, int in_tensor) {
                values.at(static_cast<std::size_t>(in_tensor)) = map.at(static_cast<std::size_t>(in_map));
            });
        }
        return values;
    }

    static map_values forward(const calls& network, std::span<const plait::folded_layer> layers,
                              const map_values& given) {
        using channel = plait::detail::plain_channel;
        std::vector<channel> channels(static_cast<std::size_t>(network.channels));
        const auto at = [&](plait::feature_map map, int c) -> channel& {
            return channels[static_cast<std::size_t>(network.pool[static_cast<std::size_t>(map.first + c)])];
        };
        const auto inputs = network.inputs();
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const float* from = given[i].data();
            for (int c = 0; c < inputs[i].count; ++c, from += inputs[i].size.pixels())
                at(inputs[i], c).assign(from, from + inputs[i].size.pixels());
        }
        for (std::size_t i = 0; i < network.tensors.calls.size(); ++i) {
            const plait::op& o = network.tensors.calls[i];
            if (o.kind == plait::op_kind::input) continue;
            std::vector<const channel*> in;
            for (const plait::feature_map& map : {o.in, o.other})
                for (int c = 0; c < map.count; ++c) in.push_back(&at(map, c));
            for (int c = 0; c < o.out.count; ++c) {
                channel made;
                for (int p = 0; p < o.out.size.pixels(); ++p)
                    made.push_back(plait::plain_activation(
                        o.act, plait::detail::plain_value(o, in, layers[i], c, p / o.out.size.width,
                                                          p % o.out.size.width)));
                at(o.out, c) = made;
            }
        }
        map_values outputs;
        for (const plait::feature_map& map : network.outputs) {
            outputs.emplace_back();
            for (int c = 0; c < map.count; ++c)
                for (const double value : at(map, c)) outputs.back().push_back(static_cast<float>(value));
        }
        return outputs;
    }
};

}  // namespace imported_graphs
