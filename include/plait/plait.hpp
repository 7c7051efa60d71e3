// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// The umbrella: networks as types, their blocks, published models, tensors, and weights from safetensors.
/// Not included, since not everyone needs what they need: plait/tensor/xtensor.hpp and plait/io/npy.hpp
/// (xtensor), plait/io/picture_reader.hpp and plait/io/picture_writer.hpp (stb), plait/io/picture_tensor.hpp,
/// plait/io/cifar.hpp, plait/io/verify.hpp, plait/network/summary.hpp, plait/dispatch/dispatch.hpp.

#include "plait/blocks/blocks.hpp"
#include "plait/core/channel_map.hpp"
#include "plait/io/load.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/fastestdet_decoding.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/network/model.hpp"
#include "plait/tensor/view.hpp"
#include "plait/version.hpp"
