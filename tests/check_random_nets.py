"""Nets drawn from seeds (random_nets.py), tiny ones, each of them:
  - `eval` prints the likelihood that the model stated again in PyTorch has, whatever the batch;
  - one step of plain SGD, whatever the subdivisions, goes along PyTorch's gradient;
  - `check` finds no leak, and the receptive field that the layers declare;
  - the cached sampler, on one thread or two, draws what the naive one draws, guided too;
  - a run that is stopped after each iteration and resumed ends in the same weights, to the bit.
And between them the nets use every key that docs/cfg.md lists. Prints TAP.

    check_random_nets.py                     of the first 40 seeds a few that use every key together
    check_random_nets.py FIRST [COUNT]       from seed FIRST on, COUNT nets (40)

A net that fails leaves its cfg, weights, data and what was said in build/random_nets/SEED. TESTED_DARKNET names another program.
"""
import json, os, re, shutil, struct, subprocess, sys, tempfile, traceback
import numpy as np
import torch

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), d) for d in ('.', 'reference')]
import random_nets
import torch_gated_pixelcnn as twin

PROGRAM = os.path.abspath(os.environ.get('TESTED_DARKNET', 'build/cpu/darknet'))
TRAINED, IMAGES, TESTED = 18, 20, 7  # a tenth of the 20 is held out for validation
RATE = 256.  # of the step that shows the gradient: large, so that rounding of the weights is small beside it
KINK = 1e-5  # nearest that an activation's input may be to a jump of its derivative: there float and double may differ


class Failed(Exception):
    pass


def run(folder, *args, threads=1):
    """stdout of a command that must succeed."""
    env = dict(os.environ, OMP_NUM_THREADS=str(threads))
    p = subprocess.run([PROGRAM, 'pixelcnn', *map(str, args)], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace')
    if p.returncode:
        raise Failed('status %d of: %s\n%s' % (p.returncode, ' '.join(p.args), p.stderr[-1000:]))
    return p.stdout


def need(right, words, *values):
    if not right:
        raise Failed(words % values)


def near(got, expected, tolerance, what):
    need(abs(got - expected) <= tolerance * abs(expected) + 1e-7, '%s: %.9g, torch %.9g', what, got, expected)


# ---------------------------------------------------------------- data

def write_idx(path, a, kind=8):
    with open(path, 'wb') as f:
        f.write(bytes([0, 0, kind, a.ndim]) + struct.pack('>%dI' % a.ndim, *a.shape))
        f.write((a.astype('>f4') if kind == 13 else a.astype(np.uint8)).tobytes())


def write_data(folder, n):
    """Random images in a folder, as IDX; returns {split: (levels, labels)}."""
    r, sets = np.random.default_rng(n.seed), {}
    os.mkdir(folder)
    for name, count in (('train', IMAGES), ('t10k', TESTED)):
        x = np.clip(r.integers(0, 256, (count, n.C, 1, 1)) + r.integers(-90, 90, (count, n.C, n.H, n.W)), 0, 255)
        write_idx('%s/%s-images-idx%d-ubyte' % (folder, name, 3 if n.C == 1 else 4), x[:, 0] if n.C == 1 else x)
        labels = r.integers(0, max(n.K, 1), count)
        if n.K:
            labels[:n.K] = np.arange(n.K)[:count]  # a class without images is refused
        if n.attributes:
            labels = r.normal(size=(count, n.K)).astype(np.float32)
            write_idx('%s/%s-labels-idx2-float' % (folder, name), labels, 13)
        elif n.K:
            write_idx('%s/%s-labels-idx1-ubyte' % (folder, name), labels)
        sets[name] = torch.from_numpy(x.astype(np.int64) * n.L // 256), torch.from_numpy(labels)
    return sets


def read_weights(path):
    return np.fromfile(path, np.float32, offset=20).astype(np.float64)


# ---------------------------------------------------------------- checks

def make_twin(folder, n, levels, labels):
    """PyTorch's net, whose weights are folder/n.weights, and its sum of NLL over these images with gradients. No activation's
    input is near a kink."""
    for seed in range(n.seed, n.seed + 20):
        net = twin.Net(folder + '/n.cfg', seed, torch.float64)
        net.save(folder + '/n.weights')
        net.load(folder + '/n.weights')
        loss = net.nll(levels, labels)
        if net.kink > KINK:
            break
    loss.backward()
    return net


def check_eval(folder, n, net, tested):
    with torch.no_grad():
        expected = net.nll(*tested).item() / tested[0].numel()
    batch = 1 + n.seed % (TESTED + 1)
    got = json.loads(run(folder, 'eval', 'n.cfg', 'n.weights', 'data', '-json', '-batch', batch))
    near(got['nats_per_dim'], expected, 2e-6, 'eval -batch %d, nats/dim' % batch)


def check_gradient(folder, n, net, levels):
    subdivisions = (1, 2, 3, 6, 9, 18)[n.seed % 6]
    n.write(folder + '/gradient.cfg', TRAINED, without=['dropout'], subdivisions=subdivisions, adam=0, momentum=0, decay=0,
            learning_rate=RATE, max_batches=1)
    run(folder, 'train', 'gradient.cfg', 'data', 'n.weights', '-backup', 'gradient', '-eval_every', 0, '-report', 'none')
    step = (read_weights(folder + '/n.weights') - read_weights(folder + '/gradient/gradient_final.weights')) / RATE
    at = 0
    whole = max(p.grad.abs().max().item() for _, p in net.params if p.grad is not None) / levels.numel()
    for i, (name, p) in enumerate(net.params):
        g = (torch.zeros_like(p) if p.grad is None else p.grad).numpy().ravel() / levels.numel()
        d = np.abs(step[at:at + g.size] - g)
        # Against the array's largest; what is far below the whole gradient's largest drowns in the rounding of its sums.
        limit = 2e-4 * max(np.abs(g).max(), 1e-2 * whole)
        need(d.max() <= limit, 'gradient of array %d, %s[%d]: %.6g, torch %.6g, largest %.3g (subdivisions %d)', i, name,
             d.argmax(), step[at + d.argmax()], g[d.argmax()], np.abs(g).max(), subdivisions)
        at += g.size


def check_sight(folder, n):
    found = json.loads(run(folder, 'check', 'n.cfg', 'n.weights', '-json', '-limit', 12))
    need(found['causality']['leaks'] == 0, 'check: %s', found)
    need(found['receptive_field']['differing'] == 0, 'check: %s', found)


def labels_of(n):
    if n.attributes:
        return [['-label', ','.join('%d:%g' % (i, .5 - i) for i in range(n.K))]]
    return [['-label', n.K - 1 if n.seed % 2 or n.K > 3 else 'all']] if n.K else [[]]


def check_sampling(folder, n):
    """The samplers add in different orders, so that a draw that falls between two sums may differ, once in a million: a second
    seed decides."""
    ways = [o + ['-n', 3 if 'all' not in o else 1] for o in labels_of(n)]
    if n.dropout:
        ways.append(labels_of(n)[0] + ['-n', 2, '-guidance', 1.5, '-temp', .7])
    for way in ways:
        for seed in (n.seed, n.seed + 1000):
            pictures = []
            for name, options, threads in (('cached', [], 1 + n.seed % 2), ('naive', ['-naive'], 1)):
                out = name + '.png'
                run(folder, 'sample', 'n.cfg', 'n.weights', '-seed', seed, *way, '-out', out, *options, threads=threads)
                pictures.append(open(folder + '/' + out, 'rb').read())
            if pictures[0] == pictures[1]:
                break
        need(pictures[0] == pictures[1], 'sample %s: the cached sampler draws other images than the naive one', way)


def check_resume(folder, n):
    """max_batches ends each part; policy poly depends on it, and resumes the whole one's checkpoint before the last."""
    command = ['train', 't.cfg', 'data', '-eval_every', 2, '-save_every', 1, '-report', 'none', '-json', '-backup']
    iterations = n.solver['max_batches']
    n.write(folder + '/t.cfg', 6, **n.solver)
    run(folder, *command, 'whole', '-seed', 5)
    if n.solver['policy'] == 'poly':
        run(folder, *command, 'parts', '-resume', 'whole/t_previous.state')
    else:
        for i in range(1, iterations + 1):
            n.write(folder + '/t.cfg', 6, **dict(n.solver, max_batches=i))
            made = json.loads(run(folder, *command, 'parts', '-seed', 5))['iterations']
            need(made == i, '%d iterations were made, expected %d', made, i)
    for name in ('t_final.weights', 't_last.weights'):
        need(open('%s/whole/%s' % (folder, name), 'rb').read() == open('%s/parts/%s' % (folder, name), 'rb').read(),
             '%s of a run that was resumed after each of %d iterations differs', name, iterations)


def check_net(folder, n):
    n.write(folder + '/n.cfg', 6)
    sets = write_data(folder + '/data', n)
    levels, labels = (t[:TRAINED] for t in sets['train'])
    net = make_twin(folder, n, levels, labels)
    check_gradient(folder, n, net, levels)
    check_eval(folder, n, net, sets['t10k'])
    check_sight(folder, n)
    check_sampling(folder, n)
    check_resume(folder, n)


# ---------------------------------------------------------------- keys

def keys_of_docs():
    """{(section, key)} and, where the values are words, {(key, value)}; of docs/cfg.md."""
    keys, section = set(), None
    for line in open('docs/cfg.md'):
        head = re.match(r'## \[(\w+)\]', line)
        row = re.match(r'\| `(\w+)` \| ([^|]*) \|', line)
        if head:
            section = head.group(1)
        elif row and section:
            words = re.fullmatch(r'[a-z, ]+', row.group(2).strip()) and 'number' not in row.group(2)
            keys.add((section, row.group(1)))
            keys |= {(row.group(1), v) for v in row.group(2).replace(' ', '').split(',') if words and v}
    return keys


def keys_of(n):
    used = set()
    for section, o in [('net', dict(n.image(), batch=6, **n.solver))] + n.sections:
        used |= {('convolutional' if section == 'conv' else section, k) for k in o} | set(o.items())
    return used


# ---------------------------------------------------------------- TAP

def keep(folder, n, words):
    kept = 'build/random_nets/%d' % n.seed
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept)
    open(kept + '/said', 'w').write(words)
    print('# seed %d, kept in %s:' % (n.seed, kept))
    for line in words.splitlines() + open(kept + '/n.cfg').read().splitlines():
        print('# ' + line)


def covering(nets, documented):
    """Some of the nets, which use all keys that these nets use: each time the one that uses most that are left."""
    some, left = [], documented & set().union(*map(keys_of, nets))
    while left:
        some.append(max(nets, key=lambda n: len(keys_of(n) & left)))
        left -= keys_of(some[-1])
    return some


def main(first=None, count=40):
    torch.set_num_threads(1)
    documented = keys_of_docs()
    has_attributes = ('label_embed', 'attributes') in documented
    nets = [random_nets.draw((first or 1) + i, has_attributes) for i in range(count)]
    some = covering(nets, documented) if first is None else nets
    used, failures = set().union(*map(keys_of, some)), 0
    print('1..%d' % (count + 1))
    for i, n in enumerate(nets):
        if n not in some:
            print('ok %d - seed %d # SKIP only with SOAK=1: others use the same keys' % (i + 1, n.seed))
            continue
        with tempfile.TemporaryDirectory(prefix='pixelcnn.') as folder:
            try:
                check_net(folder, n)
                words = ''
            except Failed as e:
                words = str(e)
            except Exception:
                words = traceback.format_exc()
            if words:
                keep(folder, n, words)
        failures += bool(words)
        print('%s %d - seed %d: %s' % ('not ok' if words else 'ok', i + 1, n.seed, n.words()), flush=True)
    missing = documented - used if count >= 40 else set()
    for m in sorted(map(str, missing)):
        print('# never drawn: ' + m)
    print('%s %d - every key of docs/cfg.md is drawn%s' % ('not ok' if missing else 'ok', count + 1,
                                                           '' if count >= 40 else ' # SKIP fewer than 40 nets'))
    return failures > 0 or bool(missing)


if __name__ == '__main__':
    sys.exit(main(*map(int, sys.argv[1:])))
