#!/usr/bin/python3
"""How fast PyTorch trains and draws the network of a cfg, and how good it gets, for comparison with `pixelcnn bench`.

    bench_torch.py speed   CFG [-batch 16] [-seconds 3]       one JSON object, keys as of `pixelcnn bench -json`;
                               [-only training]               without forward passes and sampling
                               [-device cuda]                 on NVIDIA's device; exits with 77 where torch finds none
    bench_torch.py quality CFG DATA -seconds 60 [-limit N]    trains on DATA, MNIST's files, for so long, then
                                                              evaluates on N test images (0: all)
                               [-updates N]                   in place of the cfg's max_batches

The model is tests/reference/torch_gated_pixelcnn.py, which the tests hold equal to ours: likelihood, gradients and Adam
steps. Training is Adam with weight decay on matrices, Muon where the cfg has it, clip_grad_norm_, rates and averages, all
as the cfg says. Threads: OMP_NUM_THREADS, else all cores. Needs numpy and torch (Debian: python3-torch); exits with 77 where they are missing.
"""
import argparse, json, math, os, resource, statistics, sys, time

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(root, 'tests', 'reference'))
sys.dont_write_bytecode = True
os.environ.setdefault('GOMP_SPINCOUNT', '1000')  # as ./darknet does: waiting threads give way on a busy machine
try:
    import numpy as np
    import torch
except ImportError as e:
    print('not measured: %s' % e, file=sys.stderr)
    sys.exit(77)
from torch_gated_pixelcnn import Net, orthogonal, read_cfg, read_idx


class Muon(torch.optim.Optimizer):
    """The update of pixelcnn/train/muon.h. params: pairs of an array and what the colour mask keeps of it (None: all)."""

    def __init__(self, params, rate, momentum, decay):
        self.keep = {id(p): keep for p, keep in params}
        super().__init__([p for p, _ in params], {'lr': rate, 'momentum': momentum, 'decay': decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault('m', torch.zeros_like(p)).mul_(group['momentum']).add_(p.grad)
                x = orthogonal(p.grad.add(m, alpha=group['momentum']).flatten(1)).reshape(p.shape)
                keep = self.keep[id(p)]
                p.mul_(1 - group['lr'] * group['decay']).sub_(x if keep is None else x * keep, alpha=group['lr'])


class Trainer:
    """The update of pixelcnn/train/solver.h from torch's own parts."""

    def __init__(self, cfg):
        o = read_cfg(cfg)[0][1]
        num = lambda key, default: float(o.get(key, default))
        self.net = Net(cfg)
        for name, p in self.net.params:
            if name in ('b', 'b_1', 'b_r'):
                p.data.zero_()  # as ours start
        hidden = [(self.net.params[i][1], keep) for i, keep in self.net.muon.items()] if num('muon', 0) else []
        taken = {id(p) for p, _ in hidden}
        matrices = [p for name, p in self.net.params if name not in ('b', 'b_1', 'b_r', 'E') and id(p) not in taken]
        others = [p for name, p in self.net.params if name in ('b', 'b_1', 'b_r', 'E')]
        self.params = [p for p, _ in hidden] + matrices + others
        self.clip = num('clip_norm', 0)
        self.optimizers = [
            torch.optim.Adam([{'params': matrices, 'weight_decay': num('decay', .0001)}, {'params': others}],
                             lr=num('learning_rate', .001), betas=(num('B1', .9), num('B2', .999)), eps=num('eps', 1e-8))]
        if hidden:
            self.optimizers.append(Muon(hidden, num('muon', 0), num('muon_momentum', .95), num('decay', .0001)))
        self.base_rates = [optimizer.param_groups[0]['lr'] for optimizer in self.optimizers]
        self.options, self.ema, self.updates, self.most = o, num('ema', 0), 0, num('max_batches', 20000)
        self.averages = []  # made by the first update, on the device that the net is on by then
        if o.get('policy', 'constant') not in ('constant', 'poly'):
            sys.exit('%s: policy=%s: here only constant and poly are known' % (cfg, o['policy']))
        if num('distort', 0):
            sys.exit('%s: distort=%s: images are not distorted here' % (cfg, o['distort']))

    def rate(self, t):
        """Adam's of update t, from 1, as pixelcnn/net/rate.c computes it."""
        num = lambda key, default: float(self.options.get(key, default))
        rate, power, rise = num('learning_rate', .001), num('power', 4), num('burn_in', 0)
        if self.options.get('policy') == 'poly':
            rate *= (1 - t / self.most) ** power
        return rate * (t / rise) ** power if t < rise else rate

    def step(self, q, y):
        rate = self.rate(self.updates + 1) / (self.base_rates[0] or 1)
        for optimizer, base in zip(self.optimizers, self.base_rates):
            for group in optimizer.param_groups:
                group['lr'] = rate * base
            optimizer.zero_grad(set_to_none=True)
        loss = self.net.nll(q, y) / q.numel()
        loss.backward()
        if self.clip:
            torch.nn.utils.clip_grad_norm_(self.params, self.clip)
        if self.ema and not self.updates:
            self.averages = [p.detach().clone() for p in self.params]
        for optimizer in self.optimizers:
            optimizer.step()
        self.updates += 1
        with torch.no_grad():
            d = min(self.ema, (1 + self.updates) / (10 + self.updates))
            for average, p in zip(self.averages, self.params):
                average.lerp_(p, 1 - d)
        return loss

    def take_averages(self):
        """The averaged weights in place of the raw ones, where the cfg has ema."""
        for p, average in zip(self.params, self.averages):
            p.data = average


def finish():
    """Waits until a device has finished its work."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


def to_device(net, device):
    """All tensors of the net. The layers' parameters stay the same objects."""
    for _, p in net.params:
        p.data = p.data.to(device)
    for l in net.layers:
        for key in 'keep', 'keep_r':
            if key in l:
                l[key] = l[key].to(device)


def repeat(seconds, work):
    """Median seconds of a call, after a warm-up call."""
    work()
    finish()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work()
        finish()
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def draw_value(net, x, y, c, row, column):
    """Draws one value of each image, by a whole pass, as a sampler without caches does."""
    logits = net.forward(x, y)[:, c, :, row, column]
    x[:, c, row, column] = torch.multinomial(torch.softmax(logits, 1), 1)[:, 0].to(x.dtype) / (net.L - 1)


def speed(a):
    if a.device == 'cuda' and not torch.cuda.is_available():
        print('not measured: torch finds no device', file=sys.stderr)
        sys.exit(77)
    torch.backends.cudnn.allow_tf32 = False  # as ours without -tf32
    trainer = Trainer(a.cfg)
    net, n = trainer.net, a.batch
    to_device(net, a.device)
    q = torch.randint(0, net.L, (n, net.C, net.H, net.W)).to(a.device)
    y = (torch.arange(n) % max(net.K, 1)).to(a.device)
    update = repeat(a.seconds, lambda: trainer.step(q, y))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {'batch': n, 'threads': torch.get_num_threads(), 'parameters': sum(p.numel() for _, p in net.params),
             'training_images_per_second': n / update, 'peak_memory_mib': memory}
    if a.device == 'cuda':
        left, whole = torch.cuda.mem_get_info()
        found['device_memory_mib'] = (whole - left) / (1 << 20)
    if a.only != 'training':
        x = q.float() / (net.L - 1)
        with torch.inference_mode():
            forward = repeat(a.seconds, lambda: net.forward(x, y))
            value = repeat(a.seconds, lambda: draw_value(net, x, y, net.C - 1, net.H - 1, net.W - 1))
        found['forward_images_per_second'] = n / forward
        found['naive_batch_seconds_estimate'] = value * net.C * net.H * net.W
    print(json.dumps(found))


def load(folder, split):
    images = [split + '-images-idx%d-ubyte' % n for n in (3, 4)]  # grey, or with channels
    x = read_idx(os.path.join(folder, next(f for f in images if os.path.exists(os.path.join(folder, f)))))
    x = x[:, None] if x.ndim == 3 else x
    y = read_idx(os.path.join(folder, split + '-labels-idx1-ubyte'))
    return torch.from_numpy(x.astype(np.int64)), torch.from_numpy(y.astype(np.int64))


def bits_per_dim(net, q, y):
    with torch.inference_mode():
        nats = sum(net.nll(q[i:i + 50], y[i:i + 50]).item() for i in range(0, len(q), 50))
    return nats / q.numel() / math.log(2)


def quality(a):
    trainer = Trainer(a.cfg)
    trainer.most = a.updates or trainer.most
    net, n = trainer.net, int(read_cfg(a.cfg)[0][1]['batch'])
    x, y = load(a.data, 'train')
    held = min(len(x) // 10, 1000)  # ours holds them out for validation
    q, y = x[:-held] * net.L // 256, y[:-held]
    dropout = max((float(o.get('dropout', 0)) for kind, o in read_cfg(a.cfg) if kind == 'label_embed'), default=0)
    order, at, seen, start = torch.randperm(len(q)), 0, 0, time.perf_counter()
    while time.perf_counter() - start < a.seconds and trainer.updates < trainer.most:
        if at + n > len(q):
            order, at = torch.randperm(len(q)), 0
        k = order[at:at + n]
        trainer.step(q[k], y[k].masked_fill(torch.rand(n) < dropout, -1))
        at, seen = at + n, seen + n
    trainer.take_averages()
    x, y = load(a.data, 't10k')
    n = a.limit or len(x)
    print(json.dumps({'images': seen, 'bits_per_dim': bits_per_dim(net, x[:n] * net.L // 256, y[:n])}))


def main():
    torch.set_num_threads(int(os.environ.get('OMP_NUM_THREADS') or os.cpu_count()))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = p.add_subparsers(dest='mode', required=True)
    s = modes.add_parser('speed')
    s.add_argument('cfg')
    s.add_argument('-batch', type=int, default=16)
    s.add_argument('-seconds', type=float, default=3)
    s.add_argument('-only', choices=['training'])
    s.add_argument('-device', choices=['cpu', 'cuda'], default='cpu')
    s.set_defaults(run=speed)
    s = modes.add_parser('quality')
    s.add_argument('cfg')
    s.add_argument('data')
    s.add_argument('-seconds', type=float, required=True)
    s.add_argument('-limit', type=int, default=0)
    s.add_argument('-updates', type=int, default=0)
    s.set_defaults(run=quality)
    a = p.parse_args()
    a.run(a)


if __name__ == '__main__':
    main()
