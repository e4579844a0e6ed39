"""Nets drawn from a seed: random_nets.draw(seed) is a cfg that the parser must accept, as `net`.

Every key of docs/cfg.md, and every value where the values are a list, is drawn by some seed (test_random_nets.py asserts it).
Images of one row or column, kernels and dilations beyond the image, groups of heads, links by hand and long skip lists
are drawn on purpose.
"""
import random

ACTIVATIONS = ['linear', 'relu', 'leaky', 'logistic', 'tanh', 'elu', 'selu', 'loggy', 'relie', 'ramp', 'plse', 'stair', 'hardtan',
               'lhtan']
POLICIES = ['constant', 'step', 'steps', 'exp', 'poly', 'sigmoid', 'random']
SOLVER = dict(learning_rate=.01, max_batches=4)  # more than an epoch of 18 images


class Net:
    """C, H, W, L, K (0: no label), attributes, dropout; sections [(name, {key: value})] without [net]; solver: keys of [net]."""

    def __init__(self, seed):
        self.seed, self.r = seed, random.Random(seed)
        self.sections, self.vertical, self.horizontal, self.width = [], [], [], {}

    def image(self):
        return dict(height=self.H, width=self.W, channels=self.C)

    def write(self, path, batch, without=(), **keys):
        """As a cfg with these keys of [net]; of the layers without some."""
        net = dict(self.image(), batch=batch, **keys)
        with open(path, 'w') as f:
            for name, o in [(self.net_name, net)] + self.sections:
                f.write('[%s]\n' % name + ''.join('%s=%s\n' % p for p in o.items() if p[0] not in without) + '\n')

    def words(self):
        kinds = [n for n, _ in self.sections]
        return '%d x %d x %d, %d levels, %s, %d + %d layers%s%s%s' % (
            self.C, self.H, self.W, self.L, '%d %s' % (self.K, 'attributes' if self.attributes else 'classes') if self.K else 'no label',
            len(self.vertical), len(self.horizontal), ', Fourier' if 'pixel_fourier' in kinds else '',
            ', no skip' if 'skip_sum' not in kinds else '', ', factored' if any(o.get('factored') for _, o in self.sections) else '')


def draw_image(n):
    r = n.r
    n.C = r.choice([1, 1, 3])
    n.H, n.W = r.choice([1, 2, 3, 4, 5, 6, 7, 9]), r.choice([1, 2, 3, 4, 5, 7, 8, 9])
    if n.H * n.W == 1 and r.random() < .7:
        n.W = 5
    n.L = r.choice([2, 3, 4, 5, 8, 33] if n.C == 3 else [2, 3, 4, 7, 8, 16, 33, 64, 256])


def draw_label(n, has_attributes):
    r = n.r
    n.K, n.attributes, n.dropout = 0, 0, 0
    if r.random() < .35:
        return
    n.K = r.choice([1, 2, 3, 5, 12])
    o = dict(classes=n.K)
    size = r.choice([0, 1, 3, 8, 17])
    if size or r.random() < .5:
        o['size'] = size
    if size and r.random() < .4:
        o['spatial'] = 1
    if r.random() < .5:
        n.dropout = o['dropout'] = r.choice([.1, .5, .9])
    if has_attributes and r.random() < .3:
        n.attributes = o['attributes'] = 1
    n.sections.append(('label_embed', o))


def reference(n, target):
    """A way to name layer `target`, or the image where it is None."""
    here = len(n.sections)
    if target is None:
        return n.r.choice(['image'] + [str(i) for i in range(n.before)])
    return str(target) if n.r.random() < .5 else str(target - here)


def width(n, most=40):
    f = n.r.choice([f for f in (1, 2, 3, 5, 6, 8, 9, 15, 16, 17, 21, 31, 32, 33, 40) if f <= most])
    return f if n.C == 1 else 3 * f if f < 13 else f // 3 * 3


def draw_kernel(n, o, least=1):
    """size and dilation, some of them beyond the image; not both at once far beyond it."""
    r = n.r
    o['size'] = r.choice([s for s in (1, 3, 3, 3, 5, 7, 9, 31) if s >= least])
    if r.random() < .4:
        o['dilation'] = r.choice([2, 3, 4, 7, 20] if o['size'] < 31 else [1, 2])
    if r.random() < .03:
        o['size'], o['dilation'] = r.choice([(3, 255), (255, 1)])
    if o['size'] == 3 and r.random() < .5:
        del o['size']


def draw_vertical(n, most):
    r, o = n.r, {}
    o['filters'] = r.choice([f for f in (1, 2, 3, 5, 8, 15, 16, 17, 24, 31, 33) if f <= most])
    draw_kernel(n, o)
    if o.get('size') == 255:
        o['filters'] = min(o['filters'], 2)
    if r.random() < .3:
        o['factored'] = 1
    if n.vertical and r.random() < .4:
        o['from'] = reference(n, r.choice(n.vertical + [None]))
    n.vertical.append(len(n.sections))
    n.sections.append(('gated_vstack', o))


def draw_horizontal(n, most):
    r, o = n.r, {}
    o['filters'] = width(n, most)
    source = n.horizontal[-1] if n.horizontal else None
    if n.horizontal and r.random() < .35:
        source = r.choice(n.horizontal + [None])
        o['from'] = reference(n, source)
    draw_kernel(n, o, 3 if source is None and n.C == 1 else 1)
    if source is None:
        o['mask'] = 'a'
    else:
        if r.random() < .2:
            o['mask'] = 'b'
        if r.random() < .6:
            o['filters'] = n.width[source]
        if o['filters'] != n.width[source]:
            o['residual'] = 0
        elif r.random() < .3:
            o['residual'] = r.randint(0, 1)
    if r.random() < .3:
        o['vertical'] = reference(n, r.choice(n.vertical))
    n.width[len(n.sections)] = o['filters']
    n.horizontal.append(len(n.sections))
    n.sections.append(('gated_hstack', o))


def activation(n):
    """Each seed's own comes often, so that a few seeds have all."""
    return ACTIVATIONS[n.seed % len(ACTIVATIONS)] if n.r.random() < .4 else n.r.choice(ACTIVATIONS)


def draw_head(n):
    r = n.r
    if r.random() < .8:
        o = dict(filters=width(n))
        if r.random() < .85:
            o['activation'] = activation(n)
        if r.random() < .4:
            some = r.sample(n.horizontal, r.randint(1, len(n.horizontal)))
            o['layers'] = ','.join(reference(n, j) for j in some)
        n.sections.append(('skip_sum', o))
    for i in range(r.randint(0, 2) + 1):
        last = not r.random() < .7 if i else False
        if r.random() < .25:
            n.sections.append(('activation', dict(activation=activation(n))))
        draw_convolution(n, width(n), last)
    draw_convolution(n, n.C * n.L, True)
    n.sections.append(('pixel_softmax', dict(levels=n.L)))


def draw_convolution(n, filters, linear):
    r, o = n.r, dict(filters=filters)
    if r.random() < .8:
        o['size'] = 1
    if n.C > 1:
        o['groups'] = n.C
    if linear or r.random() < .8:
        o['activation'] = 'linear' if linear else activation(n)
    for key, value in (('stride', 1), ('pad', r.randint(0, 1)), ('padding', 0), ('batch_normalize', 0)):
        if r.random() < .15:
            o[key] = value
    n.sections.append((r.choice(['convolutional', 'conv']), o))


def draw_policy(n):
    r, policy = n.r, POLICIES[n.seed % len(POLICIES)]
    o = dict(policy=policy)
    if policy in ('step', 'sigmoid'):
        o['step'] = r.randint(1, 3)
    if policy == 'step':
        o['scale'] = r.choice([.1, .5, 2])
    if policy in ('exp', 'sigmoid'):
        o['gamma'] = r.choice([.5, .9])
    if policy == 'steps':
        o.update(steps='1,3', scales='.5,.1')
    if r.random() < .4:
        o['burn_in'] = r.choice([1, 2, 10])
    if policy in ('poly', 'random') or 'burn_in' in o and r.random() < .5:
        o['power'] = r.choice([1, 2, 4])
    return o


def draw_solver(n):
    r = n.r
    o = dict(SOLVER, subdivisions=r.choice([1, 2, 3]), adam=r.randint(0, 1), **draw_policy(n))
    if o['adam']:
        o.update({k: v for k, v in (('B1', .8), ('B2', .99), ('eps', 1e-6)) if r.random() < .3})
    else:
        o['momentum'] = r.choice([0, .5, .9])
    for key, values in (('decay', [0, .001]), ('clip_norm', [.01, 1]), ('ema', [.5, .99])):
        if r.random() < .5:
            o[key] = r.choice(values)
    if r.random() < .4:
        o.update(distort=.5, angle=20, shear=.2, aspect=1.2)
    if r.random() < .4:
        o.update(muon=.02, muon_momentum=r.choice([.5, .95]))
    if n.seed % 4 < 2: # no picture is read, so that it must change nothing
        o['fit'] = 'crop' if n.seed % 4 else 'stretch'
    if n.L == 2:
        o['binarise'] = r.choice(['threshold', 'bernoulli', 'bernoulli'])
    return o


def draw(seed, has_attributes=False):
    n = Net(seed)
    n.net_name = n.r.choice(['net', 'net', 'network'])
    draw_image(n)
    draw_label(n, has_attributes)
    if n.r.random() < .3:
        n.sections.append(('pixel_fourier', dict(octaves=n.r.randint(1, 8)) if n.r.random() < .8 else {}))
    n.before = len(n.sections)
    long = n.r.random() < .06 # a skip list that is long
    for _ in range(n.r.randint(40, 60) if long else n.r.randint(1, 4)):
        for _ in range(2 if n.r.random() < .2 else 1):
            draw_vertical(n, 3 if long else 40)
        draw_horizontal(n, 3 if long else 40)
    draw_head(n)
    n.solver = draw_solver(n)
    return n
