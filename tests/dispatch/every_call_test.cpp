// SPDX-License-Identifier: BSD-3-Clause
// Every kind of model has the same calls, which give the same, and none needs more than a small stack.
#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include "../io/scratch_folder.hpp"
#include "../network/filled.hpp"
#include "../small_stack.hpp"
#include "large_any_cpu.hpp"
#include "one_any_cpu.hpp"
#include "plait/embed/embedded.hpp"
#include "plait/io/load.hpp"
#include "plait/io/npy.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/models/augshufflenet.hpp"

using namespace plait;

namespace {

using input_tensor = tensor<float, large_input::input>;
const std::filesystem::path examples = std::filesystem::path(PLAIT_SOURCE_DIR) / "examples";

/// Of a linear layer: all parameters there are.
std::vector<std::byte> some_weights(const std::string& layer) {
    const std::array<float, 15> weights{0.1F,  -0.2F, 0.3F, 0.5F, 0.25F, -1, 0.75F, 2,
                                        -0.5F, 0.2F,  0.4F, 0.6F, 1.5F,  -2, 1};
    const std::array<float, 5> bias{1, -2, 3, -4, 5};
    return write_safetensors(
        std::vector<named_values>{{layer + ".weight", {5, 3}, weights}, {layer + ".bias", {5}, bias}});
}

/// What plait_embed_weights makes of a file, here of a model.
template <class Network>
struct weights_in_program {
    static constexpr std::uint64_t packing = executor<Network>::packing;
    static inline aligned_memory<float> packed = make_aligned<float>(executor<Network>::packed_size);
    static const float* values() { return packed.get(); }
};

input_tensor* counted_picture() {
    auto* made = new input_tensor;
    for (int i = 0; i < made->size(); ++i) (*made)[i] = static_cast<float>(i % 251) / 251;
    return made;
}

/// What comes of the picture by every call that there is; each the same bits.
template <class Model>
std::vector<float> every_call(const Model& model) {
    using net = typename Model::network;
    using logits = typename Model::output_tensor;
    const auto scratch = std::make_unique<typename Model::workspace>();
    const std::unique_ptr<input_tensor> counted(counted_picture());

    const logits expected = model(*counted, *scratch);
    const auto same = [&](const auto& found) {
        bool equal = found.size() == expected.size();
        for (int i = 0; equal && i < expected.size(); ++i) equal = found[i] == expected[i];
        return equal;
    };

    // Written and read where they lie.
    for (float& value : scratch->values) value = std::numeric_limits<float>::quiet_NaN();
    model.input(*scratch).copy(*counted);
    model.run(*scratch);
    CHECK(same(model.output(*scratch)));
    CHECK(same(std::get<Model::output_count - 1>(model.outputs(*scratch))));
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < net::input.height; ++y) {
            if (y % 2 == 0) {
                model.input(*scratch).row(c, y, &(*counted)(c, y, 0));
                continue;
            }
            for (int x = 0; x < net::input.width; ++x)
                model.input(*scratch).pixel(c, y, x, (*counted)(c, y, x));
        }
    }
    model.run(*scratch);
    CHECK(same(model.output(*scratch)));

    // Expressions.
    CHECK(same(model(as_xtensor(*counted), *scratch)));
    const xt::xarray<float> doubled = 2.0F * as_xtensor(*counted);
    const auto of_expression = model(doubled / 2.0F, *scratch);
    REQUIRE(of_expression);
    CHECK(same(*of_expression));
    const auto refused = model(xt::xarray<float>::from_shape({3, 8, 8}), *scratch);
    CHECK(refused.error() == "picture: the array has shape (3, 8, 8) where (3, 224, 224) was expected");

    // All outputs.
    const auto all = on_heap([&] { return model.all_outputs(*counted, *scratch); });
    CHECK(same(std::get<Model::output_count - 1>(*all)));

    // Watched.
    int calls = 0;
    CHECK(same(model.observe(*counted, *scratch, [&](int i, const op& call, const map_view& made) {
        calls += i == calls && made.dimensions() == call.out.dimensions();
    })));
    CHECK(calls == net::sizes.ops);
    int layers = 0;
    CHECK(same(model.observe_layers(*counted, *scratch, [&](auto layer, const auto& made) {
        ++layers;
        if (layer == net::layers - 1) CHECK(same(made));
    })));
    CHECK(layers >= net::layers - 1);

    // Batches: of six, the last three brighter.
    const auto batch_scratch = std::make_unique<typename Model::batch_workspace>();
    std::vector<input_tensor> pictures(6, *counted);
    for (int i = 3; i < 6; ++i)
        for (float& value : pictures[static_cast<std::size_t>(i)]) value += 1;
    std::vector<logits> answers(pictures.size());
    REQUIRE(model.forward(pictures, answers, *batch_scratch));
    std::vector<typename Model::output_tensors> all_answers(pictures.size());
    REQUIRE(model.forward(pictures, all_answers, *batch_scratch));
    int taken = 0;
    model.forward(
        6, [&](int i, auto to) { to.copy(pictures[static_cast<std::size_t>(i)]); },
        [&](int i, const auto&... outputs) {
            CHECK(sizeof...(outputs) == Model::output_count);
            const auto last = to_tensor(std::get<sizeof...(outputs) - 1>(std::tie(outputs...)));
            taken += last == answers[static_cast<std::size_t>(i)];
        },
        *batch_scratch);
    CHECK(taken == 6);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        CHECK(same(answers[i]) == (i < 3));
        CHECK(all_answers[i] == *on_heap([&] { return model.all_outputs(pictures[i], *scratch); }));
    }
    const auto too_few = model.forward(std::span(pictures).first(5), answers, *batch_scratch);
    CHECK(too_few.error() == "5 pictures have 6 places for their logits, where as many were expected");

    // Pictures.
    const picture photo{30, 20, std::vector<std::uint8_t>(1800, 51)};
    put(photo, model.input(*scratch));
    const auto made = on_heap([&] { return to_tensor<net::input>(photo); });
    CHECK((*made)[0] == 0.2F);
    model.run(*scratch);
    CHECK(model.output(*scratch)[0] == model(*made, *scratch)[0]);
    return {expected.begin(), expected.end()};
}

template <class Network, class AnyCpu>
void check_all_kinds(const char* layer) {
    small_stack::run([&] {
        const auto file = some_weights(layer);
        auto owned = load<Network>(file);
        REQUIRE_MESSAGE(owned, owned.error());
        const std::vector<float> expected = every_call(*owned);

        const auto packed = owned->packed();
        CHECK(every_call(model_view<Network>(packed.data())) == expected);

        std::copy(packed.begin(), packed.end(), weights_in_program<Network>::packed.get());
        CHECK(every_call(embedded<Network, weights_in_program<Network>>()) == expected);

        for (const std::string_view target : AnyCpu::targets()) {
            INFO(target);
            auto any = AnyCpu::for_target(target);
            REQUIRE(any);
            REQUIRE(load_into(*any, file));
            const std::vector<float> found = every_call(*any);
            REQUIRE(found.size() == expected.size());
            for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(expected[i]));
            if (target == native_target) CHECK(found == expected);
        }
    });
}

}  // namespace

TEST_CASE("every call of every kind of model, on a small stack") {
    check_all_kinds<large_input, large_any_cpu>("3");
    check_all_kinds<one_answer, one_any_cpu>("2");
}

TEST_CASE("files are read and written on a small stack") {
    using net = augshufflenet_x0_5<10>;
    small_stack::run([] {
        const auto trained = load<net>(examples / "weights/augshufflenet_x0_5_cifar10.safetensors");
        REQUIRE_MESSAGE(trained, trained.error());
        const auto scratch = std::make_unique<net::workspace>();
        const auto photo = read_picture(examples / "pictures/cat.jpg");
        REQUIRE_MESSAGE(photo, photo.error());
        put(centre_square(*photo), trained->input(*scratch));
        trained->run(*scratch);
        const auto logits = to_tensor(trained->output(*scratch));
        CHECK(std::max_element(logits.begin(), logits.end()) - logits.begin() == 3);

        const scratch_folder folder;
        const std::unique_ptr<input_tensor> large(counted_picture());
        const auto path = folder.path() / "large.npy";
        REQUIRE(write_npy(path, *large));
        const auto again = read_npy(path);
        REQUIRE_MESSAGE(again, again.error());
        const auto place = std::make_unique<input_tensor>();
        REQUIRE(put(*again, map_writer<large_input::input>(*place)));
        CHECK(*place == *large);
    });
}

TEST_CASE("pixels of a frame are written row by row, and those of another size are refused") {
    constexpr shape size{3, 2, 3};
    std::vector<std::uint8_t> frame(2 * 16, 255);
    for (std::size_t i = 0; i < 9; ++i) frame[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < 9; ++i) frame[16 + i] = static_cast<std::uint8_t>(100 + i);
    tensor<float, size> found;
    REQUIRE(put(pixel_rows{.rgb = frame.data(), .pitch = 16, .size = size.plane()}, map_writer(found)));
    for (int c = 0; c < 3; ++c) {
        for (int x = 0; x < 3; ++x) {
            CHECK(found(c, 0, x) == static_cast<float>(3 * x + c) / 255);
            CHECK(found(c, 1, x) == static_cast<float>(100 + 3 * x + c) / 255);
        }
    }
    const auto refused = put(pixel_rows{.rgb = frame.data(), .pitch = 16, .size = {1, 3}}, map_writer(found));
    CHECK(refused.error() == "the picture has 3 x 1 pixels where 3 x 2 were expected");
}
