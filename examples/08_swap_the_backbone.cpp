// SPDX-License-Identifier: BSD-3-Clause
// 8. Swap a detector's backbone.
//
// FastestDet reads a backbone at three sizes, and asks no more of it than that. So the backbone is one of its
// parameters, and what another one would cost is known before anything is trained or run.

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "graph_picture.hpp"
#include "plait/plait.hpp"
#include "program.hpp"
#include "text_file.hpp"

using namespace plait;

using on_shufflenet_v2 = fastestdet<80>;
using on_augshufflenet =
    fastestdet<80, shape{.channels = 3, .height = 352, .width = 352}, augshufflenet_backbone{}>;

// Whatever decodes the one's output decodes the other's.
static_assert(on_augshufflenet::output == on_shufflenet_v2::output);

static_assert(on_shufflenet_v2::parameters == 244'490);
static_assert(on_shufflenet_v2::macs == 121'491'744);
static_assert(on_augshufflenet::parameters == 223'310);
static_assert(on_augshufflenet::macs == 116'168'712);

namespace {

struct cost {
    long long parameters = 0;
    long long macs = 0;
};

/// Of all layers whose weights stand under names that begin with `part`.
cost cost_of(const network_summary& summary, std::string_view part) {
    cost sum;
    for (const layer_summary& layer : summary.layers) {
        if (!std::string_view(layer.scope).starts_with(part)) continue;
        sum.parameters += layer.parameters;
        sum.macs += layer.macs;
    }
    return sum;
}

void print_row(text_table& table, const char* part, cost one, cost other) {
    table.row({part, with_commas(one.parameters), with_commas(other.parameters), with_commas(one.macs),
               with_commas(other.macs)});
}

std::string compare(const network_summary& one, const network_summary& other) {
    using enum text_table::align;
    text_table table({left, right, right, right, right});
    table.row({"", "parameters", "", "multiply-adds", ""});
    table.row({"", "ShuffleNetV2", "AugShuffleNet", "ShuffleNetV2", "AugShuffleNet"});
    table.rule();
    for (const char* part : {"backbone", "SPP", "detect_head"})
        print_row(table, part, cost_of(one, part), cost_of(other, part));
    table.rule();
    print_row(table, "total", cost_of(one, ""), cost_of(other, ""));
    return table.to_string() + "workspace: " + in_kib(one.workspace_bytes) + " and " +
           in_kib(other.workspace_bytes) + "\n";
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Compares FastestDet on two backbones, and draws both.", "08_swap_the_backbone"};
    std::filesystem::path folder = "build";
    app.add_option("folder", folder, "where the two drawings go (build otherwise)")->type_name("FOLDER");
    if (const auto status = examples::parse(app, argc, argv)) return *status;

    const blueprint shufflenet_v2 = blueprint_of<on_shufflenet_v2>();
    const blueprint augshufflenet = blueprint_of<on_augshufflenet>();
    const auto draw = [&](const blueprint& b, const std::string& name) {
        return examples::write_text(folder / (name + ".svg"), examples::graph_picture(b).draw(name));
    };
    for (const auto& drawn :
         {draw(shufflenet_v2, "fastestdet_shufflenet_v2"), draw(augshufflenet, "fastestdet_augshufflenet")}) {
        if (!drawn) return examples::refuse(drawn.error());
    }

    std::printf("%s", compare(summarise(shufflenet_v2), summarise(augshufflenet)).c_str());
    std::printf("Both graphs are drawn in %s.\n", folder.string().c_str());
}
