// SPDX-License-Identifier: BSD-3-Clause
// What a project may call, in a network of every kind of kernel. It is compiled with more warnings than Plait
// is, as errors: none of Plait's may be in a user's way.
#include <cstdio>
#include <vector>

#include "../dispatch/branching.hpp"
#include "plait/dispatch/dispatch.hpp"
#include "plait/dispatch/unit.hpp"
#include "plait/embed/embedded.hpp"
#include "plait/embed/pack_weights.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/npy.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/picture_writer.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/network/memory_map.hpp"
#include "plait/network/reference.hpp"
#include "plait/network/summary.hpp"
#include "plait/plait.hpp"
#include "plait/tensor/xtensor.hpp"

PLAIT_DISPATCH(branching_any_cpu, branching_network);

namespace {

struct stored {
    static constexpr auto packing = plait::executor<branching_network>::packing;
    static const float* values() { return nullptr; }
};

using input_tensor = plait::tensor<float, branching_network::input>;

template <class Model>
double run(const Model& model, const input_tensor& picture) {
    static typename Model::workspace scratch;
    double sum = 0;
    for (const float value : model(picture, scratch)) sum += static_cast<double>(value);
    const auto [map, logits] = model.all_outputs(picture, scratch);
    const auto of_expression = model(plait::as_xtensor(picture), scratch);
    return sum + static_cast<double>(map[0]) + static_cast<double>(logits[0]) +
           static_cast<double>(of_expression[0]);
}

template <class Model>
double run_all(const Model& model, const input_tensor& picture) {
    static typename Model::batch_workspace scratch;
    std::vector<input_tensor> pictures(3);
    std::vector<typename Model::output_tensor> logits(3);
    const bool done = bool{model.forward(pictures, logits, scratch)};
    int seen = 0;
    model.observe(picture, scratch.one, [&](int op, const auto&, const auto&) { seen += op; });
    model.observe_layers(picture, scratch.one, [&](auto, const auto& map) { seen += map.size(); });
    return run(model, picture) + static_cast<double>(logits[0][0]) + static_cast<double>(seen) +
           (done ? 1 : 0);
}

}  // namespace

double everything(const char* path);

double everything(const char* path) {
    const auto image = plait::read_picture(path);
    const auto loaded = plait::load<branching_network>(path);
    if (!image || !loaded) return std::puts(image.error().c_str()), 0;
    const auto written = plait::write_png(plait::resize_bilinear(*image, {8, 8}), path);
    const auto picture = plait::to_tensor<branching_network::input>(plait::centre_square(*image));
    const auto saved = plait::write_npy(path, picture);
    const auto read = plait::read_npy(path);
    const auto packed = plait::pack_weights<branching_network>(path, path, "name", plait::stored_as::halves);
    std::puts(plait::read_cifar_test(path).error().c_str());
    std::puts(plait::plan_table(plait::blueprint_of<branching_network>()).c_str());
    std::puts(plait::to_table(plait::summarise<branching_network>()).c_str());
    double sum = run_all(*loaded, picture) + run(branching_any_cpu(), picture) +
                 run_all(plait::embedded<branching_network, stored>(), picture) +
                 (written && saved && packed ? 1 : 0);
    if (read) sum += static_cast<double>((*read)(0));
    static branching_network::workspace scratch;
    constexpr auto unit = plait::detail::compiled_unit<branching_network>::table;
    unit.forward(loaded->packed().data(), scratch.data());
    return sum;
}
