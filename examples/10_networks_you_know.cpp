// SPDX-License-Identifier: BSD-3-Clause
// 10. Two networks that you have met before.
//
// LeNet-5, and the network of PyTorch's beginner tutorial ("Training a Classifier"). Mind one difference:
// PyTorch pads a convolution by 0 unless told otherwise. Plait keeps the size unless told otherwise, so
// `.padding = 0` stands wherever the PyTorch code says nothing.

#include <cstdio>

#include "plait/plait.hpp"

using plait::activation;
using plait::affine;
using plait::shape;

constexpr plait::conv valid_5x5(int out, plait::name name, plait::activation act) {
    return {.out = out, .kernel = 5, .padding = 0, .after = affine::bias, .activation = act, .name = name};
}

// self.conv1 = nn.Conv2d(3, 6, 5); self.pool = nn.MaxPool2d(2, 2); self.conv2 = nn.Conv2d(6, 16, 5)
// self.fc1 = nn.Linear(16 * 5 * 5, 120); self.fc2 = nn.Linear(120, 84); self.fc3 = nn.Linear(84, 10)
// A linear layer reads what is left of 16 x 5 x 5 as torch.flatten(x, 1) lays it out.
using beginners_net = plait::network<shape{.channels = 3, .height = 32, .width = 32},          //
                                     valid_5x5(6, "conv1", activation::relu),                  //
                                     plait::max_pool{.kernel = 2, .stride = 2, .padding = 0},  //
                                     valid_5x5(16, "conv2", activation::relu),                 //
                                     plait::max_pool{.kernel = 2, .stride = 2, .padding = 0},  //
                                     plait::named<"fc1", plait::linear{.out = 120}>, plait::activate{},
                                     plait::named<"fc2", plait::linear{.out = 84}>, plait::activate{},
                                     plait::named<"fc3", plait::linear{.out = 10}>>;
static_assert(beginners_net::parameters == 62'006);

// LeNet-5 (LeCun et al., 1998) as it is written today: tanh, means of 2 x 2 pixels.
using lenet_5 =
    plait::network<shape{.channels = 1, .height = 32, .width = 32},              //
                   valid_5x5(6, "c1", activation::tanh),                         //
                   plait::average_pool{.kernel = 2, .stride = 2, .padding = 0},  //
                   valid_5x5(16, "c3", activation::tanh),                        //
                   plait::average_pool{.kernel = 2, .stride = 2, .padding = 0},  //
                   valid_5x5(120, "c5", activation::tanh),                       //
                   plait::named<"f6", plait::linear{.out = 84}>, plait::activate{activation::tanh},
                   plait::named<"output", plait::linear{.out = 10}>>;
static_assert(lenet_5::parameters == 61'706);

template <class Network>
void describe(const char* name) {
    const auto model = plait::model<Network>::zeros();
    static typename Network::workspace scratch;
    static const plait::tensor<float, Network::input> picture{};
    const auto logits = model(picture, scratch);
    std::printf("%s: %lld parameters, %lld multiply-adds, %d logits\n", name, Network::parameters,
                Network::macs, logits.size());
}

int main() {
    describe<beginners_net>("The beginner's network");
    describe<lenet_5>("LeNet-5");
}
