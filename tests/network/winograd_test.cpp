// SPDX-License-Identifier: BSD-3-Clause
// Networks by Winograd's algorithm, against the references and against the same networks without it.
#include "plait/network/winograd.hpp"

#include <cstring>
#include <type_traits>

#include "comparison.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/vgg.hpp"
#include "plait/network/summary.hpp"

using namespace plait;
using namespace comparison;

namespace {

/// How many convolutions are by tiles of so many outputs.
template <class Network>
constexpr int convolutions(int outputs) {
    int count = 0;
    for (int i = 0; i < Network::sizes.ops; ++i)
        count += Network::calls.ops[i].kind == op_kind::dense && Network::calls.ops[i].winograd == outputs;
    return count;
}

using unit = network<shape{16, 14, 13}, basic_residual{.out = 16}, basic_residual{.out = 32, .stride = 2},
                     basic_residual{.out = 32}, global_average_pool{}, linear{.out = 7}>;
using mixed =
    network<shape{3, 19, 18}, conv{.out = 40, .kernel = 3}, also_output,
            parallel<chain<>, chain<conv{.out = 32, .kernel = 3, .groups = 2}>>, max_pool{},
            channel_shuffle{.groups = 4}, conv{.out = 33, .kernel = 3, .activation = activation::hard_swish},
            conv{.out = 16, .kernel = 3, .dilation = 2}, conv{.out = 20, .kernel = 3, .stride = 2}>;

using resnet = winograd<resnet18<>>;
using without = network<shape{3, 9, 9}, conv{.out = 8, .kernel = 3, .stride = 2}, conv{.out = 8}>;

}  // namespace

static_assert(is_accepted<resnet> && is_accepted<winograd<mixed, winograd_policy{.most_outputs = 2}>>);
static_assert(resnet::parameters == resnet18<>::parameters && resnet::macs == resnet18<>::macs);
static_assert(std::is_same_v<model<resnet>::input_tensor, model<resnet18<>>::input_tensor>);

// 64 at 56 x 56, 128 at 28 x 28 and 256 at 14 x 14; weights of tiles of 4 x 4 of 512 at 7 x 7 are too many.
static_assert(convolutions<resnet>(4) == 10 && convolutions<resnet>(2) == 3 && convolutions<resnet>(0) == 7);
static_assert(convolutions<winograd<resnet18<>, winograd_policy{.most_outputs = 2}>>(2) == 13);
static_assert(convolutions<winograd<vgg11_bn<>>>(0) == 1, "its stem of 3 channels");
static_assert(convolutions<winograd<without>>(2) + convolutions<winograd<without>>(4) == 0);
static_assert(convolutions<resnet18<>>(0) == 20, "direct where nobody asks");
static_assert(convolutions<winograd<mixed>>(4) + convolutions<winograd<mixed>>(2) == 2);

// Other packed weights, other numbers; the same where no convolution takes it.
static_assert(executor<resnet>::packing != executor<resnet18<>>::packing);
static_assert(executor<winograd<without>>::packing == executor<without>::packing);
static_assert(executor<winograd<without>>::packed_size == executor<without>::packed_size);

TEST_CASE("networks by Winograd agree with the references in every layout") {
    check_all_policies<winograd<unit>>();
    check_all_policies<winograd<mixed>>();
    check<winograd<mixed, winograd_policy{.most_outputs = 2}>>();
}

TEST_CASE("a batch gives the bits that pictures give one by one") {
    using net = winograd<unit>;
    const trial<net, by_default> t(3);
    const auto scratch = std::make_unique<model<net>::batch_workspace>();
    std::vector<tensor<float, net::input>> pictures(5, *t.input);
    for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i].values[i] = 1;
    std::vector<tensor<float, net::output>> answers(5);
    REQUIRE(t.network.forward(pictures, answers, *scratch));
    for (std::size_t i = 0; i < pictures.size(); ++i)
        CHECK(answers[i] == t.network(pictures[i], scratch->one));
}

TEST_CASE("a network without such convolutions gives the bits that it gives without the policy") {
    const trial<without, by_default> direct(5);
    const trial<winograd<without>, by_default> by_winograd(5);
    CHECK(direct.network(*direct.input, *direct.scratch) ==
          by_winograd.network(*by_winograd.input, *by_winograd.scratch));
}

TEST_CASE("a summary says which convolutions are by Winograd") {
    using net = network<shape{32, 12, 12}, conv{.out = 32, .kernel = 3}, conv{.out = 32, .kernel = 1}>;
    CHECK(summarise<net>().layers[0].name == "conv 3x3");
    CHECK(summarise<winograd<net>>().layers[0].name == "conv 3x3 by F(4x4, 3x3)");
    CHECK(summarise<winograd<net>>().layers[1].name == "conv 1x1");
}
