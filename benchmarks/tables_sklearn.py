"""PIMA in scikit-learn as its users write it: read, hold a fifth out, scale, fit, score beside a baseline, save.

python benchmarks/tables_sklearn.py pima.csv model.joblib
"""

import sys

import joblib
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = pd.read_csv(sys.argv[1], header=None)
X, y = table.iloc[:, :-1], table.iloc[:, -1]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
model = make_pipeline(StandardScaler(), MLPClassifier((12, 8), batch_size=10, max_iter=150, random_state=0))
model.fit(X_train, y_train)
print(confusion_matrix(y_test, model.predict(X_test)))
for other in (DummyClassifier(), make_pipeline(StandardScaler(), LogisticRegression())):
    print(other.fit(X_train, y_train).score(X_test, y_test))
joblib.dump(model, sys.argv[2])
print(model.score(X_test, y_test))
