"""chainrule learns MNIST by our recipe, examples/mnist_recipe.py: the whole program.

python chainrule_mnist_recipe.py SEED EPOCHS
"""

import runpy
import sys
from pathlib import Path

from answer import say

recipe = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "mnist_recipe.py"))
say(accuracy=recipe["main"](int(sys.argv[1]), int(sys.argv[2]), verbose=0))
