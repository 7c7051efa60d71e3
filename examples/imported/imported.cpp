// SPDX-License-Identifier: BSD-3-Clause
// A network made of an ONNX file, as a program: imported [OPTIONS]
//
//     cmake --preset release -DPLAIT_ONNX=model.onnx && ninja -C build imported
//     build/examples/imported --table --graph model.svg --input x.npy --output answers
//
// PLAIT_ONNX_OPTIONS are further arguments of plait_import, such as "INPUT_SHAPE;1,3,224,224".

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph_picture.hpp"
#include "imported_network.hpp"
#include "plait/core/agreement.hpp"
#include "plait/io/file_tensor.hpp"
#include "plait/io/load.hpp"
#include "plait/io/npy.hpp"
#include "plait/io/verify.hpp"
#include "plait/network/memory_map.hpp"
#include "plait/network/summary.hpp"
#include "plan_picture.hpp"
#include "program.hpp"
#include "text_file.hpp"

namespace {

using network = imported_network::network;
using model = plait::model<network>;
using plait::failure;
using plait::result;

const std::string built = PLAIT_IMPORTED_FOLDER "/imported_network";

struct options {
    std::string weights = built + ".safetensors";
    std::string check = built + ".check.safetensors";
    std::string layers;
    std::vector<std::string> inputs;
    std::string output;
    std::string graph_file;
    std::string plan_file;
    double tolerance = 1e-4;
    bool table = false;
    bool plan = false;
};

void describe(CLI::App& app, options& chosen) {
    app.add_option("--weights", chosen.weights, "otherwise those of the ONNX file")->type_name("FILE");
    app.add_option("--check", chosen.check, "an input and its answers; otherwise the importer's")
        ->type_name("FILE");
    app.add_option("--layers", chosen.layers,
                   "what import_onnx.py --layers wrote: names the first that differs")
        ->type_name("FILE");
    app.add_option("--input", chosen.inputs, "arrays in the file's layout, one for each of its inputs")
        ->type_name("X.npy");
    app.add_option("--output", chosen.output, "where OUTPUT.npy goes for each of the file's outputs")
        ->type_name("DIR")
        ->needs("--input");
    app.add_option("--tolerance", chosen.tolerance, "as a part of the largest value")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--table", chosen.table, "print each layer and what it costs");
    app.add_flag("--plan", chosen.plan, "print which part of the workspace holds what, when");
    app.add_option("--plan-svg", chosen.plan_file, "draw the workspace over time")->type_name("FILE");
    app.add_option("--graph", chosen.graph_file, "draw which layer reads from which")->type_name("FILE");
}

std::string words(std::span<const int> dimensions) {
    std::string text;
    for (const int size : dimensions) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "(" + text + ")";
}

std::span<const int> dimensions_of(const plait::file_tensor& tensor) {
    return {tensor.dimensions, static_cast<std::size_t>(tensor.rank())};
}

/// Letters and digits of a tensor's name, which may have any others; its number keeps names apart.
std::string file_name(std::string_view name, std::size_t number) {
    std::string text;
    for (const char c : name.substr(0, 60)) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        text += is_plain ? c : '_';
    }
    return std::to_string(number) + "_" + text + ".npy";
}

result<void> put_inputs(const model& loaded, network::workspace& scratch, const options& chosen) {
    const std::span<const plait::file_tensor> wanted = imported_network::inputs;
    if (chosen.inputs.size() != wanted.size())
        return failure{"--input: " + std::to_string(chosen.inputs.size()) + " arrays where the network has " +
                       std::to_string(wanted.size()) + " inputs"};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto array = plait::read_npy(chosen.inputs[i]);
        if (!array) return failure{array.error()};
        const std::vector<int> found(array->shape().begin(), array->shape().end());
        if (!std::ranges::equal(found, dimensions_of(wanted[i])))
            return failure{chosen.inputs[i] + ": has shape " + words(found) + " where " +
                           words(dimensions_of(wanted[i])) + " was expected"};
        plait::put_file_tensor(loaded, scratch, wanted[i], std::span(array->data(), array->size()));
    }
    return {};
}

result<void> write_outputs(const model& loaded, network::workspace& scratch, const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::size_t number = 0;
    for (const plait::file_tensor& output : imported_network::outputs) {
        const std::vector<float> values = plait::file_tensor_of(loaded, scratch, output);
        std::vector<std::size_t> sizes;
        for (const int size : dimensions_of(output)) sizes.push_back(static_cast<std::size_t>(size));
        const auto path = std::filesystem::path(folder) / file_name(output.name, number++);
        const xt::xarray<float> array = xt::adapt(values, sizes);
        if (const auto written = plait::write_npy(path, array); !written) return written;
        std::printf("%s %s\n", path.string().c_str(), words(dimensions_of(output)).c_str());
    }
    return {};
}

/// The first block whose map differs from that of the ONNX file, where one does.
result<void> compare_layers(const model& loaded, network::workspace& scratch, const options& chosen) {
    const auto bytes = plait::detail::read_file_bytes(chosen.layers);
    if (!bytes) return failure{bytes.error()};
    const auto file = plait::safetensors::parse(bytes->span(), chosen.layers);
    if (!file) return failure{file.error()};
    const auto picture = std::make_unique<model::input_tensor>();
    if constexpr (model::input_count == 1) {
        const plait::stored_tensor* stored = file->find("plait.example.input");
        if (!stored || stored->elements() != network::input.elements())
            return failure{chosen.layers + ": tensor 'plait.example.input' of " +
                           plait::to_string(network::input) + " was expected"};
        plait::copy_as_float(*stored, picture->data());
    } else {
        return failure{"--layers is for networks of one input"};
    }
    std::string first;
    int compared = 0;
    const auto look = [&](const plait::block_record& block, const plait::map_view& map) {
        if (!first.empty()) return;
        const std::string scope = "layer." + std::string(network::written.text(block.name)) + " ";
        for (const plait::stored_tensor& stored : file->tensors()) {
            const auto size = static_cast<std::size_t>(map.dimensions().elements());
            if (!stored.name.starts_with(scope) || stored.elements() != static_cast<std::int64_t>(size))
                continue;
            std::vector<float> expected(size);
            std::vector<float> found(size);
            plait::copy_as_float(stored, expected.data());
            map.copy_to(found.data());
            ++compared;
            const auto same = plait::agrees(found, expected, chosen.tolerance);
            if (!same) first = std::string(stored.name.substr(6)) + ": " + std::string(same.error());
        }
    };
    loaded.observe_blocks(*picture, scratch, look);
    if (!first.empty()) return failure{"the first layer that differs is " + first};
    std::printf("%d layers agree\n", compared);
    return {};
}

result<void> run(const options& chosen) {
    const plait::blueprint b = plait::blueprint_of<network>();
    if (chosen.table) std::printf("%s", plait::to_table(plait::summarise(b)).c_str());
    if (chosen.plan) std::printf("%s\n%s", plait::plan_table(b).c_str(), plait::memory_map(b).c_str());
    if (!chosen.graph_file.empty()) {
        const auto drawn =
            examples::write_text(chosen.graph_file, examples::graph_picture(b).draw(PLAIT_IMPORTED));
        if (!drawn) return drawn;
    }
    if (!chosen.plan_file.empty()) {
        const auto drawn =
            examples::write_text(chosen.plan_file, examples::plan_picture(b).draw(PLAIT_IMPORTED));
        if (!drawn) return drawn;
    }

    const auto loaded = plait::load<network>(chosen.weights);
    if (!loaded) return failure{loaded.error()};
    const auto scratch = std::make_unique<network::workspace>();
    if (!chosen.layers.empty()) {
        if (const auto same = compare_layers(*loaded, *scratch, chosen); !same) return same;
    }
    if (!chosen.inputs.empty()) {
        if (const auto put = put_inputs(*loaded, *scratch, chosen); !put) return put;
        loaded->run(*scratch);
        return write_outputs(*loaded, *scratch, chosen.output.empty() ? "." : chosen.output);
    }
    const auto same = plait::verify(*loaded, chosen.check, {.tolerance = chosen.tolerance});
    if (!same) return failure{same.error()};
    std::printf("agrees with the ONNX file to %.1e of the largest value\n", *same);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Runs a network that was made of an ONNX file, and holds it against that.", "imported"};
    options chosen;
    describe(app, chosen);
    if (const auto status = examples::parse(app, argc, argv)) return *status;
    if (const auto done = run(chosen); !done) return examples::refuse(done.error());
    return 0;
}
