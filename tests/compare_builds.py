#!/usr/bin/env python3
"""Do two builds compute the same, to the bit? For a change that must not change a number.

    compare_builds.py [-nets N] OLD NEW [CFG...]     OLD, NEW: programs; CFG: all that ship; N: random nets (8)

For every cfg that ships, trained on made-up images of its size, and N nets of random_nets.py:
  - `train`: the losses of 20 iterations, the final weights and the state file
  - `eval` and `check`: every number of their JSON; `sample`: every pixel
  - OLD's weights evaluated by NEW, and OLD's state resumed by NEW, and the other way round
and `eval` and `sample` with the weights that ship. What only tells time or names a version is left out. Where a JSON key or
a CSV column exists in one build only, it is listed. Exit status 1 if anything differs. Needs Python's standard library only.
"""
import argparse, glob, json, os, random, re, shutil, struct, subprocess, sys, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import random_nets

ITERATIONS = 20
TRAIN = ['train', 'net.cfg', 'data', '-eval_every', 10, '-save_every', 10, '-seed', 5]
TIMES = re.compile(r'second|version|memory|file|path|program|threads|machine')  # keys that are not results


class Net:
    """A cfg, what images it takes, and how it is trained here."""

    def __init__(self, name, text, batch):
        self.name = name
        find = lambda key, default: int((re.search(r'^%s=(\d+)' % key, text, re.M) or [0, default])[1])
        self.c, self.h, self.w, self.k = (find(k, d) for k, d in (('channels', 1), ('height', 0), ('width', 0), ('classes', 0)))
        self.vectors = find('attributes', 0)
        for key, value in (('batch', batch), ('subdivisions', 1), ('max_batches', ITERATIONS)):
            text = re.sub(r'^%s=.*\n' % key, '', text, flags=re.M)
            text = re.sub(r'^(\[net(?:work)?\]\n)', r'\g<1>%s=%d\n' % (key, value), text, count=1, flags=re.M)
        self.text = text

    def is_ours(self):
        return '[pixel_softmax]' in self.text


def write_idx(path, shape, values, kind=8):
    with open(path, 'wb') as f:
        f.write(bytes([0, 0, kind, len(shape)]) + struct.pack('>%dI' % len(shape), *shape) + values)


def write_data(folder, net, count=40, tested=8):
    """Smooth random images as IDX files, the same in every run."""
    r = random.Random(net.name)
    os.mkdir(folder)
    size = net.c * net.h * net.w
    for split, n in (('train', count), ('t10k', tested)):
        pixels = bytearray()
        for _ in range(n):
            middle = r.randrange(256)
            pixels += bytes(min(255, max(0, middle + r.randint(-90, 90))) for _ in range(size))
        shape = (n, net.h, net.w) if net.c == 1 else (n, net.c, net.h, net.w)
        write_idx('%s/%s-images-idx%d-ubyte' % (folder, split, len(shape)), shape, bytes(pixels))
        if net.vectors:
            values = struct.pack('>%df' % (n * net.k), *(r.gauss(0, 1) for _ in range(n * net.k)))
            write_idx('%s/%s-labels-idx2-float' % (folder, split), (n, net.k), values, 13)
        else:
            write_idx('%s/%s-labels-idx1-ubyte' % (folder, split), (n,), bytes(i % max(net.k, 1) for i in range(n)))


def pixels_of(png):
    """The compressed content of a PNG, without its text."""
    at, content = 8, b''
    while at < len(png):
        size, = struct.unpack('>I', png[at:at + 4])
        if png[at + 4:at + 8] in (b'IHDR', b'IDAT'):
            content += png[at + 8:at + 8 + size]
        at += size + 12
    return content


def state_of(file):
    """A .state file without its hashes and the seconds of training so far: see pixelcnn/train/state.h."""
    header, seconds = 128, 128 + 8 * 8
    return file[:24] + file[header:seconds] + file[seconds + 8:]


def results_of(value, path=''):
    """{path: number or text} of a JSON value."""
    if isinstance(value, dict):
        items = [(k, v) for k, v in value.items() if not TIMES.search(k)]
        return {k: v for key, v in items for k, v in results_of(v, '%s.%s' % (path, key)).items()}
    if isinstance(value, list):
        return {k: v for i, x in enumerate(value) for k, v in results_of(x, '%s[%d]' % (path, i)).items()}
    return {path: repr(value)}


class Build:
    """Runs one program in a folder of its own and keeps what it made, by name."""

    def __init__(self, program, folder):
        self.program, self.folder, self.made = os.path.abspath(program), folder, {}

    def run(self, *args):
        p = subprocess.run([self.program, 'pixelcnn', *map(str, args)], cwd=self.folder, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, OMP_NUM_THREADS='2'))
        if p.returncode:
            raise RuntimeError('%s: status %d: %s' % (' '.join(map(str, p.args)), p.returncode, p.stderr[-400:].decode()))
        return p.stdout

    def keep_json(self, name, *args):
        for key, value in results_of(json.loads(self.run(*args, '-json'))).items():
            self.made[name + key] = value

    def keep_sample(self, name, cfg, weights, label):
        self.run('sample', cfg, weights, *label, '-n', 2, '-seed', 3, '-out', name + '.png')
        with open('%s/%s.png' % (self.folder, name), 'rb') as f:
            self.made[name] = pixels_of(f.read())

    def keep_training(self, name, backup):
        with open('%s/%s/net.csv' % (self.folder, backup)) as f:
            rows = [line.rstrip('\n').split(',') for line in f]
        columns = [i for i, title in enumerate(rows[0]) if title != 'seconds']
        self.made[name + ' columns'] = ','.join(rows[0])
        self.made[name + ' losses'] = [[row[i] for i in columns] for row in rows[1:]]
        for suffix in ('_final.weights', '_last.weights', '_last.state'):
            with open('%s/%s/net%s' % (self.folder, backup, suffix), 'rb') as f:
                content = f.read()
            self.made[name + suffix] = state_of(content) if suffix == '_last.state' else content


def compute(build, net):
    """All that a build makes of a net by itself."""
    label = ['-label', '0:1'] if net.vectors else ['-label', '0'] if net.k else []
    build.run(*TRAIN, '-backup', 'whole')
    build.keep_training('train', 'whole')
    build.keep_json('eval', 'eval', 'net.cfg', 'whole/net_final.weights', 'data')
    build.keep_json('check', 'check', 'net.cfg', 'whole/net_final.weights', '-limit', 3)
    build.keep_sample('sample', 'net.cfg', 'whole/net_final.weights', label)


def differences(old, new):
    found = []
    for key in old:
        if key in new and old[key] != new[key]:
            both = (old[key], new[key])
            found.append('%s differs%s' % (key, ': %s, %s' % both if all(isinstance(x, str) for x in both) else ''))
    return found


def compare_net(programs, net):
    """Differences, and names of what one build has and the other does not."""
    with tempfile.TemporaryDirectory(prefix='pixelcnn.') as scratch:
        builds = []
        for name, program in zip(('old', 'new'), programs):
            os.mkdir(scratch + '/run')  # one name for both: a state file holds the path of its cfg
            with open(scratch + '/run/net.cfg', 'w') as f:
                f.write(net.text)
            write_data(scratch + '/run/data', net)
            build = Build(program, scratch + '/run')
            compute(build, net)
            os.rename(scratch + '/run', scratch + '/' + name)
            builds.append(build)
        for build, name, other in zip(builds, ('old', 'new'), ('new', 'old')):
            shutil.copytree('%s/%s' % (scratch, name), scratch + '/run')
            shutil.copytree('%s/%s/whole' % (scratch, other), scratch + '/run/others')
            build.run(*TRAIN, '-backup', 'resumed', '-resume', 'others/net_previous.state')
            for end in ('_final.weights', '_last.weights'):
                with open('%s/run/resumed/net%s' % (scratch, end), 'rb') as f:
                    build.made['resumed from the other' + end] = f.read()
                if build.made['resumed from the other' + end] != build.made['train' + end]:
                    build.made['resumed from the other differs from what was not interrupted' + end] = name
            build.keep_json('eval of the other', 'eval', 'net.cfg', 'others/net_final.weights', 'data')
            shutil.rmtree(scratch + '/run')
    old, new = (b.made for b in builds)
    odd = [k for made in (old, new) for k in made if k.startswith('resumed from the other differs')]
    return differences(old, new) + odd, sorted(set(old) ^ set(new))


def shipped(programs):
    """eval and sample with the weights that ship: differences."""
    found = []
    for weights in sorted(glob.glob('weights/*.weights')):
        cfg = 'cfg/%s.cfg' % os.path.basename(weights).split('.')[0]
        if not os.path.exists(cfg):
            continue
        net = Net(cfg, open(cfg).read(), 16)
        with tempfile.TemporaryDirectory(prefix='pixelcnn.') as scratch:
            write_data(scratch + '/data', net)
            made = []
            for program in programs:
                build = Build(program, scratch)
                files = [os.path.abspath(f) for f in (cfg, weights)]
                build.keep_json('eval', 'eval', *files, 'data')
                build.keep_sample('sample', *files, ['-label', '3'])
                made.append(build.made)
        found += ['%s: %s' % (weights, d) for d in differences(*made)]
    return found


def nets_of(cfgs, count):
    for cfg in cfgs:
        net = Net(cfg, open(cfg).read(), 2)
        if net.is_ours():
            yield net
    for seed in range(1, count + 1):
        n = random_nets.draw(seed, True)
        with tempfile.NamedTemporaryFile('r', suffix='.cfg') as f:
            n.write(f.name, 4, **dict(n.solver, max_batches=ITERATIONS))
            yield Net('random net %d' % seed, f.read(), 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('old')
    parser.add_argument('new')
    parser.add_argument('cfg', nargs='*')
    parser.add_argument('-nets', type=int, default=8)
    a = parser.parse_args()
    programs = (a.old, a.new)
    failed = 0
    for net in nets_of(a.cfg or sorted(glob.glob('cfg/*.cfg') + glob.glob('cfg/bench/*.cfg')), a.nets):
        try:
            found, only = compare_net(programs, net)
        except RuntimeError as e:
            found, only = [str(e)], []
        print('%s: %s' % (net.name, '; '.join(found) if found else 'the same'), flush=True)
        for key in only:
            print('    in one build only: ' + key)
        failed += bool(found)
    found = [] if a.cfg else shipped(programs)
    for line in found:
        print(line)
    if not a.cfg:
        print('weights that ship: %s' % ('%d differences' % len(found) if found else 'the same'))
    return bool(failed or found)


if __name__ == '__main__':
    sys.exit(main())
