// SPDX-License-Identifier: BSD-3-Clause
// The published counts, to the last digit. Compiling is passing.
#include <doctest/doctest.h>

#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v1.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

namespace {

template <class Network, long long Parameters, long long Macs>
constexpr bool costs = Network::parameters == Parameters&& Network::macs == Macs;

// AugShuffleNet (arXiv 2203.06589), 10 and 100 classes.
static_assert(costs<augshufflenet_x0_5<10>, 330'862, 10'198'144>);
static_assert(costs<augshufflenet_x0_5<100>, 423'112, 10'290'304>);
static_assert(costs<augshufflenet_x1_0<10>, 1'208'488, 43'547'968>);
static_assert(costs<augshufflenet_x1_0<100>, 1'300'738, 43'640'128>);
static_assert(costs<augshufflenet_x1_5<10>, 2'223'950, 85'371'008>);
static_assert(costs<augshufflenet_x1_5<100>, 2'316'200, 85'463'168>);

// The order of channels costs nothing.
static_assert(costs<augshufflenet_x0_5<10, order::article>, 330'862, 10'198'144>);
static_assert(costs<augshufflenet_x0_5<10, order::plus>, 330'862, 10'198'144>);

// ShuffleNetV2 for CIFAR.
static_assert(costs<shufflenet_v2_cifar_x0_5<10>, 352'042, 10'902'016>);
static_assert(costs<shufflenet_v2_cifar_x0_5<100>, 444'292, 10'994'176>);
static_assert(costs<shufflenet_v2_cifar_x1_0<10>, 1'263'854, 45'002'112>);
static_assert(costs<shufflenet_v2_cifar_x1_0<100>, 1'356'104, 45'094'272>);
static_assert(costs<shufflenet_v2_cifar_x1_5<10>, 2'488'874, 94'259'712>);
static_assert(costs<shufflenet_v2_cifar_x1_5<100>, 2'581'124, 94'351'872>);

// torchvision's ShuffleNetV2.
static_assert(costs<shufflenet_v2_x0_5<>, 1'366'792, 40'476'448>);
static_assert(costs<shufflenet_v2_x1_0<>, 2'278'604, 144'907'992>);
static_assert(costs<shufflenet_v2_x1_5<>, 3'503'624, 295'759'392>);
static_assert(costs<shufflenet_v2_x2_0<>, 7'393'996, 583'253'464>);

// torchvision's residual networks.
static_assert(costs<mobilenet_v2<>, 3'504'872, 300'774'272>);
static_assert(costs<resnet18<>, 11'689'512, 1'814'073'344>);

// ShuffleNetV1 with 3 groups: 137 million multiply-adds in the paper's table 2.
static_assert(costs<shufflenet_v1<>, 1'865'728, 137'460'672>);
static_assert(mobilenet_v2<>::layer<0>::output == shape{1280, 7, 7});
static_assert(resnet18<>::layer<5>::output == shape{512, 7, 7});

// A network that is not a chain.
static_assert(costs<fastestdet<80>, 244'490, 121'491'744>);
static_assert(fastestdet<80>::output == shape{85, 22, 22});

// Every layer's shapes.
using x0_5 = augshufflenet_x0_5<10>;
static_assert(x0_5::layer<0>::input == shape{3, 32, 32} && x0_5::layer<0>::output == shape{24, 32, 32});
static_assert(x0_5::layer<1>::output == shape{48, 16, 16} && x0_5::layer<2>::input == shape{48, 16, 16});
static_assert(x0_5::layer<2>::output == shape{96, 8, 8} && x0_5::layer<3>::output == shape{192, 4, 4});
static_assert(x0_5::layer<4>::output == shape{1024, 4, 4} && x0_5::layer<5>::output == shape{1024, 1, 1});
static_assert(x0_5::layer<6>::output == x0_5::output && x0_5::output == shape{10, 1, 1});

// The memory of a forward pass.
static_assert(x0_5::workspace_bytes <= 320 * 1024);
static_assert(sizeof(x0_5::workspace) == x0_5::workspace_bytes);
static_assert(augshufflenet_x1_5<10>::workspace_bytes <= 2 * 1024 * 1024);
static_assert(shufflenet_v2_x1_0<>::workspace_bytes <= 4 * 1024 * 1024);

}  // namespace

TEST_CASE("every published network costs what its authors say") { CHECK(x0_5::parameters == 330'862); }
