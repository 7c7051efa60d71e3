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
#include "plait/train.hpp"
#include "plait/train/torchvision_initialisation.hpp"

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

/// A step of a trainer, and what comes of it.
template <plait::training Options>
double train(const input_tensor& picture, const char* path) {
    plait::trainer<branching_network, Options> learning(1, 2);
    const std::vector<input_tensor> pictures(2, picture);
    const plait::drawn_augmentation drawn({.cut_out = 2}, branching_network::input, 1, 2, 3);
    const auto put = [&](int n, const auto& to) {
        plait::put_augmented(
            drawn, [&](int c, int y, int x) { return pictures[static_cast<std::size_t>(n)](c, y, x); }, to);
    };
    double sum = learning.step(pictures, std::vector<int>{0, 1}, 0.1);
    sum += learning.step(put, std::vector<int>{0, 1}, plait::schedule{.steps = 9}.rate_at(3));
    const auto error = [&](plait::channel_rows<const float> values, plait::channel_rows<float> gradient) {
        return plait::squared_error(values, values, 1, 1, gradient, 1);
    };
    sum += learning.step_with(2, error, 0.1) + (plait::check_gradients<branching_network>() ? 1 : 0);
    const auto went_on = learning.resume(learning.checkpoint({}), path, 0);
    return learning.save(path) && went_on ? sum : run(learning.model(), picture);
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
    constexpr auto how = plait::torchvision_initialisation<branching_network>();
    sum += train<plait::training{.batch = 2, .initialisation = how}>(picture, path) +
           train<plait::training{.batch = 2, .storage = plait::storage::f16, .average = 0.9}>(picture, path);
    if (read) sum += static_cast<double>((*read)(0));
    static branching_network::workspace scratch;
    constexpr auto unit = plait::detail::compiled_unit<branching_network>::table;
    unit.forward(loaded->packed().data(), scratch.data());
    return sum;
}
