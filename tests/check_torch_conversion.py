"""Weights between ./darknet and python/pixelcnn_torch.py, both ways: the same likelihoods, the same bytes. Prints TAP.
TESTED_DARKNET names another program."""
import json, os, random, struct, subprocess, sys, tempfile
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [ROOT + '/python', ROOT + '/tests']
import pixelcnn
import pixelcnn_torch
import random_nets

PROGRAM = os.path.abspath(os.environ.get('TESTED_DARKNET', ROOT + '/build/cpu/darknet'))
SCRIPT = ROOT + '/python/pixelcnn_torch.py'
CFG, WEIGHTS = ROOT + '/cfg/gated_pixelcnn.cfg', ROOT + '/weights/gated_pixelcnn.weights'
N = 6


def write_idx(path, shape, values):
    with open(path, 'wb') as f:
        f.write(bytes([0, 0, 8, len(shape)]) + struct.pack('>%dI' % len(shape), *shape) + bytes(values))


def make_data(folder, c, h, w, classes):
    """N random images as a test set. Returns their values (N,C,H,W) and labels."""
    r = random.Random(1)
    os.makedirs(folder)
    values = [r.randrange(256) for _ in range(N * c * h * w)]
    labels = [i % max(classes, 1) for i in range(N)]
    write_idx('%s/t10k-images-idx%d-ubyte' % (folder, 3 if c == 1 else 4), (N, h, w) if c == 1 else (N, c, h, w), values)
    write_idx(folder + '/t10k-labels-idx1-ubyte', (N,), labels)
    return torch.tensor(values).reshape(N, c, h, w), torch.tensor(labels)


def eval_nats(cfg, weights, data):
    p = subprocess.run([PROGRAM, 'pixelcnn', 'eval', cfg, weights, data, '-json'], stdout=subprocess.PIPE, check=True,
                       stderr=subprocess.DEVNULL)
    return json.loads(p.stdout)['nats_per_image']


def convert(*arguments):
    """In this process, since torch takes two seconds to import; is_refused() starts the script."""
    pixelcnn_torch.main(arguments)


def floats_of(path):
    with open(path, 'rb') as f:
        return f.read()[20:]


def torch_nats(net, values, labels):
    with torch.no_grad():
        return net.nll(values * net.levels // 256, labels if net.classes else None).mean().item()


def trained_here(scratch):
    """Weights that ship, evaluated there."""
    values, labels = make_data(scratch + '/digits', 1, 28, 28, 10)
    net = pixelcnn_torch.GatedPixelCNN(CFG).double()
    net.load_weights(WEIGHTS)
    here, there = eval_nats(CFG, WEIGHTS, scratch + '/digits'), torch_nats(net, values, labels)
    return abs(here - there) <= 1e-6 * here, '%.6f here, %.6f there' % (here, there)


def trained_there(scratch):
    """A colour net after some steps of torch's optimiser, evaluated here."""
    seed = next(s for s in range(1, 200) if random_nets.draw(s).C == 3 and random_nets.draw(s).K)
    n, cfg = random_nets.draw(seed), scratch + '/n.cfg'
    n.write(cfg, 4)
    values, labels = make_data(scratch + '/colour', n.C, n.H, n.W, n.K)
    torch.manual_seed(1)
    net = pixelcnn_torch.GatedPixelCNN(cfg)
    optimiser = torch.optim.Adam(net.parameters(), lr=.01)
    before = torch_nats(net, values, labels)
    for _ in range(20):
        optimiser.zero_grad()
        net.nll(values * net.levels // 256, labels).sum().backward()
        optimiser.step()
    net.save_weights(scratch + '/there.weights')
    here, there = eval_nats(cfg, scratch + '/there.weights', scratch + '/colour'), torch_nats(net.double(), values, labels)
    return there < before and abs(here - there) <= 1e-6 * here, '%.6f here, %.6f there, %.6f before' % (here, there, before)


def converted(kind):
    def check(scratch):
        file, back = '%s/net.%s' % (scratch, kind), '%s/%s.weights' % (scratch, kind)
        convert('to-' + kind, CFG, WEIGHTS, file)
        convert('from-' + kind, CFG, file, back)
        return floats_of(back) == floats_of(WEIGHTS), 'the floats differ'
    return check


def is_safetensors(scratch):
    """By the package where it is installed, else by the format's rules."""
    file = scratch + '/net.safetensors'
    try:
        from safetensors.torch import load_file
        tensors = load_file(file)
    except ImportError:
        with open(file, 'rb') as f:
            raw = f.read()
        length, = struct.unpack('<Q', raw[:8])
        header, data, tensors, at = json.loads(raw[8:8 + length]), raw[8 + length:], {}, 0
        for name, entry in header.items():
            if name == '__metadata__':
                continue
            first, last = entry['data_offsets']
            if first != at or entry['dtype'] != 'F32':
                return False, '%s starts at %d, expected %d, F32' % (name, first, at)
            tensors[name], at = torch.frombuffer(bytearray(data[first:last]), dtype=torch.float32).reshape(entry['shape']), last
        if at != len(data) or (8 + length) % 8:
            return False, 'arrays end at %d of %d, and start at %d' % (at, len(data), 8 + length)
    net = pixelcnn_torch.GatedPixelCNN(CFG)
    net.load_weights(WEIGHTS)
    state = net.state_dict()
    return state.keys() == tensors.keys() and all(torch.equal(state[k], tensors[k]) for k in state), 'other arrays'


def same_arrays(scratch):
    """The library's arrays are the state_dict's, by name and shape, and its logits are those computed from them."""
    seed = next(s for s in range(1, 200) if random_nets.draw(s).C == 3 and random_nets.draw(s).K > 1)
    n, cfg = random_nets.draw(seed), scratch + '/arrays.cfg'
    n.write(cfg, 4)
    torch.manual_seed(2)
    pixelcnn_torch.GatedPixelCNN(cfg).save_weights(scratch + '/arrays.weights')
    for cfg, weights in ((CFG, WEIGHTS), (cfg, scratch + '/arrays.weights')):
        net = pixelcnn_torch.GatedPixelCNN(cfg)
        net.load_weights(weights)
        state = net.state_dict()
        with pixelcnn.PixelCNN(cfg, weights) as mine:
            arrays, (c, h, w) = mine.weights(), mine.shape
            images = torch.randint(0, 256, (2, c, h, w), dtype=torch.uint8)
            logits = torch.from_numpy(mine.logits(images.numpy(), [0, 1] if mine.classes else None))
        if list(arrays) != list(state):
            return False, '%s beside %s' % (list(arrays), list(state))
        other = [k for k in state if not torch.equal(torch.from_numpy(arrays[k]), state[k])]
        with torch.no_grad():
            there = net((images.long() * net.levels // 256) / (net.levels - 1), torch.tensor([0, 1]) if net.classes else None)
        apart = (logits - there).abs().max().item()
        if other or not apart < 1e-4 * (1 + there.abs().max().item()):
            return False, 'other arrays: %s; logits differ by %g' % (other, apart)
    return True, ''


def is_refused(scratch):
    """Weights of another cfg, in one line."""
    p = subprocess.run([sys.executable, SCRIPT, 'to-torch', ROOT + '/cfg/blog_4way.cfg', WEIGHTS, scratch + '/no.pt'],
                       stderr=subprocess.PIPE, text=True)
    lines = p.stderr.splitlines()
    return p.returncode == 1 and len(lines) == 1 and 'this cfg needs' in lines[0] and not os.path.exists(scratch + '/no.pt'), p.stderr


def wrong_files_are_named(scratch):
    """A file in another's place, or none: one line that names it."""
    safetensors, none = scratch + '/net.safetensors', scratch + '/none'
    for arguments, says in ((('to-torch', WEIGHTS, CFG, none), WEIGHTS + ': not a cfg'),
                            (('to-torch', CFG, none, none), none + ': No such file or directory'),
                            (('from-torch', CFG, safetensors, none), safetensors + ': not a file of torch.save'),
                            (('from-safetensors', CFG, WEIGHTS, none), WEIGHTS + ': not a safetensors file')):
        try:
            pixelcnn_torch.main(arguments)
            return False, 'accepted: %s' % (arguments,)
        except SystemExit as e:
            if says not in str(e.code) or os.path.exists(none):
                return False, str(e.code)
    return True, ''


TESTS = [('weights trained here have their likelihood in PyTorch', trained_here),
         ('weights trained in PyTorch have their likelihood here', trained_there),
         ('to safetensors and back', converted('safetensors')), ('the file is one of safetensors', is_safetensors),
         ('to a state_dict and back', converted('torch')),
         ('arrays and logits of the Python package are those of PyTorch', same_arrays), ('weights of another cfg are refused', is_refused),
         ('wrong files are named', wrong_files_are_named)]


def main():
    torch.set_num_threads(2)
    failed = 0
    print('1..%d' % len(TESTS))
    with tempfile.TemporaryDirectory(prefix='pixelcnn.') as scratch:
        for i, (name, test) in enumerate(TESTS):
            right, words = test(scratch)
            print('%s %d - %s' % ('ok' if right else 'not ok', i + 1, name) + ('' if right else '\n# ' + words), flush=True)
            failed += not right
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
