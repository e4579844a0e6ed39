#!/usr/bin/env python3
"""Gated PixelCNN in PyTorch, from a Darknet cfg: weights come from ./darknet pixelcnn train and go back to it.

    pixelcnn_torch.py to-safetensors   CFG WEIGHTS FILE    .weights to safetensors
    pixelcnn_torch.py from-safetensors CFG FILE WEIGHTS    and back
    pixelcnn_torch.py to-torch         CFG WEIGHTS FILE    .weights to torch.save(state_dict)
    pixelcnn_torch.py from-torch       CFG FILE WEIGHTS    and back
    pixelcnn_torch.py keys             CFG                 names and shapes of the arrays, in the order of a .weights file

    from pixelcnn_torch import GatedPixelCNN
    net = GatedPixelCNN('cfg/gated_pixelcnn.cfg')
    net.load_weights('weights/gated_pixelcnn.weights')
    nats = net.nll(levels, labels)           # (B,): levels (B,C,H,W) integers, labels (B,)
    levels = net.sample(torch.tensor([3]))   # slow: one forward pass a value; ./darknet pixelcnn sample is the fast way

Needs torch (Debian: python3-torch); nothing else. Model: van den Oord et al. 2016, "Conditional Image Generation with PixelCNN
Decoders"; docs/cfg.md lists the keys, docs/dev/formats.md the file's layout.
"""
import json
import math
import os
import pickle
import struct
import sys

import torch
import torch.nn.functional as F
from torch import nn


def read_cfg(path):
    """[(section, {key: value})] in the order of the file."""
    sections = []
    with open(path, encoding='utf-8', errors='replace') as f:
        for line in f:
            line = line.split('#')[0].split(';')[0].strip()
            if line.startswith('['):
                sections.append((line.strip('[]'), {}))
            elif line and sections and '=' in line:
                key, value = line.split('=', 1)
                sections[-1][1][key.strip()] = value.strip()
            elif line:
                raise ValueError('%s: not a cfg' % path)
    return sections


def integer(options, key, default):
    return int(options.get(key, default))


def stair(t):
    n = torch.floor(t)
    return torch.where(n % 2 == 0, torch.floor(t / 2), t - n + torch.floor(t / 2))


ACTIVATIONS = {
    'linear': lambda t: t,
    'relu': torch.relu,
    'leaky': lambda t: F.leaky_relu(t, .1),
    'relie': lambda t: F.leaky_relu(t, .01),
    'ramp': lambda t: torch.relu(t) + .1 * t,
    'tanh': torch.tanh,
    'logistic': torch.sigmoid,
    'loggy': lambda t: 2 * torch.sigmoid(t) - 1,
    'elu': F.elu,
    'selu': lambda t: 1.0507 * torch.where(t >= 0, t, 1.6732 * torch.expm1(t.clamp(max=0))),
    'hardtan': lambda t: t.clamp(-1, 1),
    'lhtan': lambda t: torch.where(t < 0, .001 * t, torch.where(t > 1, .001 * (t - 1) + 1, t)),
    'plse': lambda t: torch.where(t < -4, .01 * (t + 4), torch.where(t > 4, .01 * (t - 4) + 1, .125 * t + .5)),
    'stair': stair,
}


def array(*shape, fan_in=0):
    """A learned array: N(0, 1/fan_in), or zero."""
    return nn.Parameter(torch.randn(shape) / math.sqrt(fan_in) if fan_in else torch.zeros(shape))


def colour_of(channels, half, colours):
    """The colour group of each channel where every run of `half` channels is divided among the colours."""
    return torch.arange(channels) % half // (half // colours)


def colour_mask(rows, row_half, columns, column_half, colours, strict=False):
    """(rows, columns): 1 where an output may see an input: of its colour or an earlier one; strict: of an earlier one only."""
    to, source = colour_of(rows, row_half, colours)[:, None], colour_of(columns, column_half, colours)[None]
    return (source < to if strict else source <= to).float()


def mask_weights(module, name, mask, weights):
    """Keeps the mask as a buffer; masked weights are zero from the start, as Darknet's files want them."""
    module.register_buffer(name, mask, persistent=False)
    weights.data *= mask


class State:
    """What the layers of a forward pass hand on: the image, the embedded label, each layer's output and gate."""

    def __init__(self, image, label):
        self.image, self.label, self.outputs, self.hidden = image, label, [], []

    def output(self, index):
        return self.image if index is None else self.outputs[index]


class LabelEmbed(nn.Module):
    """h = t E; size=0: h = t. spatial=1: h differs at each position."""

    def __init__(self, options, net):
        super().__init__()
        self.classes, self.size = integer(options, 'classes', 10), integer(options, 'size', 0)
        net.classes, net.label_size = self.classes, self.size or self.classes
        place = (net.height, net.width) if integer(options, 'spatial', 0) else ()
        if self.size:
            self.E = array(self.classes, self.size, *place, fan_in=1)
        self.channels = net.channels

    def forward(self, state, previous):
        if state.label is not None:
            state.label = torch.tensordot(state.label, self.E, 1) if self.size else state.label
        return state.image, None


class PixelFourier(nn.Module):
    """Each colour x as x, sin(2^j pi x) and 1 - cos(2^j pi x) for j = 1 .. octaves, in the image's place."""

    def __init__(self, options, net):
        super().__init__()
        self.octaves = integer(options, 'octaves', 8)
        self.channels = net.image_channels = net.channels * (1 + 2 * self.octaves)

    def forward(self, state, previous):
        x = state.image
        waves = [2 ** j * math.pi * x for j in range(1, self.octaves + 1)]
        features = [x] + [f for w in waves for f in (torch.sin(w), 1 - torch.cos(w))]
        state.image = torch.stack(features, 2).flatten(1, 2)
        return state.image, None


def gate(z):
    a, b = z.chunk(2, 1)
    return torch.tanh(a) * torch.sigmoid(b)


class Gated(nn.Module):
    """What both stacks share: V h, the label's term of the gate."""

    def label_term(self, state):
        if state.label is None:
            return 0
        if state.label.dim() == 2:
            return (state.label @ self.V.t())[:, :, None, None]
        return torch.einsum('fd,bdhw->bfhw', self.V, state.label)


class GatedVStack(Gated):
    """a = W * v + b over rows r - d (n/2) .. r; v' = gate(a + V h). Hands a on to the horizontal stack."""

    def __init__(self, options, net):
        super().__init__()
        self.source = net.source(options, 'from', 'gated_vstack')
        n, f, c = integer(options, 'size', 3), integer(options, 'filters', 1), net.channels_of(self.source)
        self.dilation, self.filters = integer(options, 'dilation', 1), f
        self.pad = self.dilation * (n // 2)
        self.factored = bool(integer(options, 'factored', 0))
        self.b = array(2 * f)
        if self.factored:
            self.b_1 = array(f)
            self.W_1 = array(f, c, n, fan_in=c * n)
            self.W_2 = array(2 * f, f, n // 2 + 1, fan_in=f * (n // 2 + 1))
        else:
            self.W = array(2 * f, c, n // 2 + 1, n, fan_in=c * (n // 2 + 1) * n)
        if net.label_size:
            self.V = array(2 * f, net.label_size, fan_in=net.label_size)
        self.channels = f

    def convolution(self, v):
        p, d = self.pad, self.dilation
        if not self.factored:
            return F.conv2d(F.pad(v, (p, p, p, 0)), self.W, self.b, dilation=d)
        u = F.conv2d(F.pad(v, (p, p, 0, 0)), self.W_1[:, :, None], self.b_1, dilation=(1, d))
        return F.conv2d(F.pad(u, (0, 0, p, 0)), self.W_2[:, :, :, None], self.b, dilation=(d, 1))

    def forward(self, state, previous):
        a = self.convolution(state.output(self.source))
        return gate(a + self.label_term(state)), a


class GatedHStack(Gated):
    """z = W * x + W_l a, one row down + b + V h; g = gate(z); x' = W_r g + b_r (+ x)."""

    def __init__(self, options, net):
        super().__init__()
        self.source = net.source(options, 'from', 'gated_hstack')
        self.vertical = net.source(options, 'vertical', 'gated_vstack')
        n, f, c = integer(options, 'size', 3), integer(options, 'filters', 1), net.channels_of(self.source)
        mask_a = options.get('mask', 'b') == 'a'
        self.dilation = integer(options, 'dilation', 1)
        self.pad = self.dilation * (n // 2)
        self.residual = bool(integer(options, 'residual', not mask_a))
        self.past_only = mask_a and net.channels == 1  # the current column is left out
        taps = n // 2 + (not self.past_only)
        vertical = net.layers[self.vertical].filters
        self.b = array(2 * f)
        self.W = array(2 * f, c, taps, fan_in=c * taps)
        self.W_l = array(2 * f, 2 * vertical, fan_in=2 * vertical)
        if net.label_size:
            self.V = array(2 * f, net.label_size, fan_in=net.label_size)
        self.b_r = array(f)
        self.W_r = array(f, f, fan_in=f)
        self.channels = self.filters = f
        if net.channels > 1:
            mask = torch.ones(2 * f, c, taps)
            mask[:, :, -1] = colour_mask(2 * f, f, c, c, net.channels, strict=mask_a)
            mask_weights(self, 'mask', mask, self.W)
            mask_weights(self, 'mask_r', colour_mask(f, f, f, f, net.channels), self.W_r)

    def forward(self, state, previous):
        x, w, w_r = state.output(self.source), self.W, self.W_r
        if hasattr(self, 'mask'):
            w, w_r = w * self.mask, w_r * self.mask_r
        row = F.pad(x, (self.pad, 0, 0, 0))
        if self.past_only:
            row = row[..., :x.shape[3] + self.pad - self.dilation]
        down = F.pad(state.hidden[self.vertical], (0, 0, 1, 0))[:, :, :-1]
        z = F.conv2d(row, w[:, :, None], self.b, dilation=(1, self.dilation))
        g = gate(z + F.conv2d(down, self.W_l[:, :, None, None]) + self.label_term(state))
        y = F.conv2d(g, w_r[:, :, None, None], self.b_r)
        return (y + x if self.residual else y), g


class SkipSum(nn.Module):
    """y = activation(sum over sources i of W_s,i g_i + b)."""

    def __init__(self, options, net):
        super().__init__()
        self.channels = integer(options, 'filters', 1)
        if 'layers' in options:
            self.sources = [net.index(v) for v in options['layers'].split(',')]
        else:
            self.sources = [i for i, layer in enumerate(net.layers) if isinstance(layer, GatedHStack)]
        self.activation = ACTIVATIONS[options.get('activation', 'linear')]
        self.b = array(self.channels)
        widths = [net.layers[i].filters for i in self.sources]
        self.W_s = nn.ParameterList([array(self.channels, n, fan_in=n) for n in widths])
        for i, n in enumerate(widths if net.channels > 1 else []):
            mask = colour_mask(self.channels, self.channels, n, n, net.channels)
            mask_weights(self, 'mask_%d' % i, mask, self.W_s[i])

    def forward(self, state, previous):
        y = self.b[None, :, None, None]
        for i, (source, w) in enumerate(zip(self.sources, self.W_s)):
            w = w * getattr(self, 'mask_%d' % i, 1)
            y = y + F.conv2d(state.hidden[source], w[:, :, None, None])
        return self.activation(y), None


class Convolution(nn.Module):
    """Darknet's [convolutional], 1x1."""

    def __init__(self, options, net):
        super().__init__()
        before = net.layers[-1].channels
        self.channels, self.groups = integer(options, 'filters', 1), integer(options, 'groups', 1)
        self.activation = ACTIVATIONS[options.get('activation', 'logistic')]
        self.b = array(self.channels)
        self.W = array(self.channels, before // self.groups, 1, 1, fan_in=before // self.groups)

    def forward(self, state, previous):
        return self.activation(F.conv2d(previous, self.W, self.b, groups=self.groups)), None


class Activation(nn.Module):
    def __init__(self, options, net):
        super().__init__()
        self.channels = net.layers[-1].channels
        self.activation = ACTIVATIONS[options.get('activation', 'linear')]

    def forward(self, state, previous):
        return self.activation(previous), None


class Logits(nn.Module):
    """[pixel_softmax]: here the logits go through; GatedPixelCNN.nll is the loss."""

    def __init__(self, options, net):
        super().__init__()
        net.levels = integer(options, 'levels', 256)
        self.channels = net.layers[-1].channels
        if self.channels != net.channels * net.levels:
            raise ValueError('%d channels before [pixel_softmax], expected channels * levels = %d'
                             % (self.channels, net.channels * net.levels))

    def forward(self, state, previous):
        return previous, None


KINDS = {'label_embed': LabelEmbed, 'pixel_fourier': PixelFourier, 'gated_vstack': GatedVStack,
         'gated_hstack': GatedHStack, 'skip_sum': SkipSum, 'convolutional': Convolution, 'conv': Convolution,
         'activation': Activation, 'pixel_softmax': Logits}


class GatedPixelCNN(nn.Module):
    """The net of a cfg. Tensors are (B, channels, H, W)."""

    def __init__(self, cfg):
        super().__init__()
        sections = read_cfg(cfg)
        options = sections[0][1]
        self.height, self.width, self.channels = (int(options[k]) for k in ('height', 'width', 'channels'))
        self.image_channels, self.classes, self.label_size, self.levels = self.channels, 0, 0, 0
        self.layers = nn.ModuleList()
        for kind, options in sections[1:]:
            if kind not in KINDS:
                raise ValueError('%s: [%s] is not a layer of this script' % (cfg, kind))
            self.layers.append(KINDS[kind](options, self))

    # ---- what the layers ask while they are made ----

    def index(self, text):
        """A layer's index from a cfg: from the first, or negative, from this one; None: the image."""
        if text == 'image':
            return None
        i = int(text) + (len(self.layers) if int(text) < 0 else 0)
        return None if isinstance(self.layers[i], (LabelEmbed, PixelFourier)) else i

    def source(self, options, key, kind):
        """The layer that `key` names, or the nearest one of that kind, or the image."""
        if key in options:
            return self.index(options[key])
        kinds = [i for i, layer in enumerate(self.layers) if isinstance(layer, KINDS[kind])]
        return kinds[-1] if kinds else None

    def channels_of(self, index):
        return self.image_channels if index is None else self.layers[index].channels

    # ---- the model ----

    def label_rows(self, labels, batch):
        """(B,K) from classes (B,), -1 for none; from weights or attributes (B,K); from None, zeros."""
        if not self.label_size:
            return None
        dtype = next(self.parameters()).dtype
        if labels is None:
            return torch.zeros(batch, self.classes, dtype=dtype)
        if labels.dim() == 2:
            return labels.to(dtype)
        return F.one_hot(labels.clamp(min=0), self.classes).to(dtype) * (labels >= 0).to(dtype)[:, None]

    def forward(self, image, labels=None):
        """Logits (B,C,L,H,W) of an image (B,C,H,W) from 0 to 1: of each value given those before it."""
        state = State(image, self.label_rows(labels, len(image)))
        previous = image
        for layer in self.layers:
            previous, hidden = layer(state, previous)
            state.outputs.append(previous)
            state.hidden.append(hidden)
        return previous.reshape(len(image), self.channels, self.levels, self.height, self.width)

    def nll(self, levels, labels=None):
        """Negative log likelihood of each image in nats, (B,). levels (B,C,H,W): v * L // 256 of an 8-bit value v."""
        dtype = next(self.parameters()).dtype
        logits = self(levels.to(dtype) / (self.levels - 1), labels)
        return F.cross_entropy(logits.transpose(1, 2), levels, reduction='none').flatten(1).sum(1)

    @torch.no_grad()
    def sample(self, labels=None, n=None, temperature=1., generator=None):
        """Levels (n,C,H,W), drawn value by value: rows, then columns, then colours."""
        n = n or len(labels)
        levels = torch.zeros(n, self.channels, self.height, self.width, dtype=torch.long)
        dtype = next(self.parameters()).dtype
        for row in range(self.height):
            for column in range(self.width):
                for colour in range(self.channels):
                    logits = self(levels.to(dtype) / (self.levels - 1), labels)[:, colour, :, row, column]
                    p = torch.softmax(logits / temperature, 1)
                    levels[:, colour, row, column] = torch.multinomial(p, 1, generator=generator)[:, 0]
        return levels

    # ---- Darknet's files: int32 major, minor, revision, uint64 images seen, then float32 arrays in the order of state_dict() ----

    def load_weights(self, path):
        with open(path, 'rb') as f:
            raw = f.read()
        floats = torch.frombuffer(bytearray(raw[HEADER.size:]), dtype=torch.float32)
        need = sum(p.numel() for p in self.parameters())
        if len(floats) != need or len(raw) % 4:
            raise ValueError('%s: %d bytes, this cfg needs %d' % (path, len(raw), HEADER.size + 4 * need))
        at = 0
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(floats[at:at + p.numel()].reshape(p.shape))
                at += p.numel()

    def save_weights(self, path):
        """The header names no net (revision 0): Darknet says so, and takes the file as one of the cfg that it is given."""
        write_whole(path, [HEADER.pack(0, 2, 0, 0), *map(floats_of, self.parameters())])


HEADER = struct.Struct('<iiiQ')


def floats_of(tensor):
    return tensor.detach().to(torch.float32).contiguous().numpy().tobytes()


def write_whole(path, pieces):
    """A file that appears whole or not at all."""
    with open(path + '.tmp', 'wb') as f:
        f.writelines(pieces)
    os.replace(path + '.tmp', path)


# ---- safetensors: uint64 length of a JSON header, the header, the arrays ----

def save_safetensors(path, tensors):
    header, at = {'__metadata__': {'format': 'pt'}}, 0
    for name, t in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(t.shape), 'data_offsets': [at, at + 4 * t.numel()]}
        at += 4 * t.numel()
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    write_whole(path, [struct.pack('<Q', len(text)), text, *map(floats_of, tensors.values())])


def load_safetensors(path):
    with open(path, 'rb') as f:
        raw = f.read()
    length = int.from_bytes(raw[:8], 'little')
    if len(raw) < 8 + length or raw[8:9] != b'{':
        raise ValueError('%s: not a safetensors file' % path)
    header = json.loads(raw[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        if entry['dtype'] != 'F32':
            raise ValueError('%s: %s is %s, expected F32' % (path, name, entry['dtype']))
        first, last = (8 + length + i for i in entry['data_offsets'])
        tensors[name] = torch.frombuffer(bytearray(raw[first:last]), dtype=torch.float32).reshape(entry['shape'])
    return tensors


# ---- the command line ----

def load_torch(path):
    try:
        return torch.load(path, weights_only=True)
    except (RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as e:
        raise ValueError('%s: not a file of torch.save(net.state_dict())' % path) from e


def to_file(save):
    def convert(cfg, weights, path):
        net = GatedPixelCNN(cfg)
        net.load_weights(weights)
        save(path, net.state_dict())
    return convert


def from_file(load):
    def convert(cfg, path, weights):
        net = GatedPixelCNN(cfg)
        net.load_state_dict(load(path))
        net.save_weights(weights)
    return convert


def print_keys(cfg):
    for name, p in GatedPixelCNN(cfg).named_parameters():
        print(name, 'x'.join(map(str, p.shape)))


COMMANDS = {'to-safetensors': to_file(save_safetensors), 'from-safetensors': from_file(load_safetensors),
            'to-torch': to_file(lambda path, tensors: torch.save(tensors, path)),
            'from-torch': from_file(load_torch),
            'keys': print_keys}


def main(arguments):
    command = COMMANDS.get(arguments[0]) if arguments else None
    if not command or len(arguments) != 1 + command.__code__.co_argcount:
        sys.exit(__doc__)
    try:
        command(*arguments[1:])
    except OSError as e:
        sys.exit('pixelcnn_torch.py: %s: %s' % (e.filename, e.strerror))
    except (ValueError, KeyError, TypeError, RuntimeError, struct.error, pickle.UnpicklingError) as e:
        sys.exit('pixelcnn_torch.py: %s' % e)


if __name__ == '__main__':
    main(sys.argv[1:])
