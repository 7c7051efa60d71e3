#include <cstdio>

#include <plait/plait.hpp>

using tiny =
    plait::network<plait::shape{.channels = 3, .height = 8, .width = 8}, plait::conv{.out = 8, .kernel = 3},
                   plait::global_average_pool{}, plait::linear{.out = 2}>;

int main() {
    const auto without_weights = plait::model<tiny>::zeros();
    tiny::workspace scratch;
    std::printf("%g\n", double{without_weights(plait::tensor<float, tiny::input>{}, scratch)[0]});
}
