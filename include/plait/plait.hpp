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
#include "plait/models/densenet.hpp"
#include "plait/models/efficientnet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/fastestdet_decoding.hpp"
#include "plait/models/googlenet.hpp"
#include "plait/models/mnasnet.hpp"
#include "plait/models/mobilenet_v1.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/mobilenet_v3_large.hpp"
#include "plait/models/mobilenet_v3_small.hpp"
#include "plait/models/regnet.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v1.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/models/squeezenet.hpp"
#include "plait/models/vgg.hpp"
#include "plait/network/model.hpp"
#include "plait/tensor/view.hpp"
#include "plait/version.hpp"
