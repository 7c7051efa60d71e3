// SPDX-License-Identifier: BSD-3-Clause
#include "published_trial.hpp"

using namespace examples;

TEST_CASE("every kernel of AugShuffleNet, whatever the order of its channels") {
    kernel_trial::check_published<joined_networks<augshufflenet_networks, augshufflenet_article_networks,
                                                  augshufflenet_plus_networks>>();
}
