// SPDX-License-Identifier: BSD-3-Clause
// FastestDet with its author's weights on photographs, against PyTorch. Weights and photographs are other
// people's: where they do not lie beside the checkout, this is skipped.
#include <filesystem>

#include "golden_boxes.hpp"
#include "plait/models/fastestdet.hpp"

using namespace plait;

namespace {

constexpr shape picture{3, 352, 352};
static_assert(fastestdet<80>::output == shape{85, 22, 22});

/// Puts out what the backbone does, too.
struct tapped_backbone {
    constexpr pyramid lower(graph& g, feature_map x) const {
        const pyramid made = shufflenet_v2_backbone{}.lower(g, x);
        return {g.output(made.eighth), g.output(made.sixteenth), g.output(made.thirty_second)};
    }
};
using net = fastestdet<80, picture, tapped_backbone{}>;

/// Against an activation of which the file has every `step`th row and column.
template <class Tensor>
void check_sampled(const Tensor& found, const safetensors& file, const std::string& module, int step) {
    const golden::values expected = golden::read(file, module);
    const std::vector<float> sampled = golden::thinned(found, found.dimensions, step);
    REQUIRE(sampled.size() == expected.data.size());
    golden::check_close(sampled, expected.data.data(), module);
}

void check_photograph(const model<net>& detector, const std::filesystem::path& answers) {
    INFO(answers.string());
    const auto bytes = read_file(answers);
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto file = safetensors::parse(*bytes);
    REQUIRE_MESSAGE(file, file.error());
    const stored_tensor* stored = file->find("input");
    REQUIRE(stored);
    REQUIRE(stored->bytes.size() == static_cast<std::size_t>(picture.elements()));

    auto input = std::make_unique<model<net>::input_tensor>();
    auto scratch = std::make_unique<net::workspace>();
    std::ranges::transform(stored->bytes, input->begin(),
                           [](std::byte b) { return static_cast<float>(b) / 255.0F; });
    const auto [eighth, sixteenth, thirty_second, output] = detector.all_outputs(*input, *scratch);
    check_sampled(eighth, *file, "activation.backbone.stage2", 4);
    check_sampled(sixteenth, *file, "activation.backbone.stage3", 2);
    check_sampled(thirty_second, *file, "activation.backbone.stage4", 1);
    check_sampled(output, *file, "output", 1);
    golden::check_boxes(output, *file);
}

}  // namespace

TEST_CASE("FastestDet on photographs") {
    const auto shared = std::filesystem::path(PLAIT_SOURCE_DIR) / "../shared";
    const auto weights = shared / "weights/fastestdet_coco.safetensors";
    if (!std::filesystem::exists(weights)) {
        MESSAGE("skipped: " << weights.string() << " is not there");
        return;
    }
    const auto detector = load<net>(weights);
    REQUIRE_MESSAGE(detector, detector.error());
    for (const int number : {0, 1, 3})
        check_photograph(*detector,
                         shared / "golden" /
                             ("fastestdet_coco_photo_" + std::to_string(number) + ".expected.safetensors"));
}
