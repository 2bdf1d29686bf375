# A first neural network, written as tutorials for Keras 1 write it. Only the two import lines that name chainrule were
# changed (they read `from keras.models …` and `from keras.layers …`): run it beside pima-indians-diabetes.csv.
# fmt: off
# ruff: noqa
from chainrule.models import Sequential, model_from_json
from chainrule.layers import Dense
import numpy

# load the dataset, split into input (X) and output (Y) variables
dataset = numpy.loadtxt("pima-indians-diabetes.csv", delimiter=",")
X = dataset[:,0:8]
Y = dataset[:,8]

# create model
model = Sequential()
model.add(Dense(12, input_dim=8, init='uniform', activation='relu'))
model.add(Dense(8, init='uniform', activation='relu'))
model.add(Dense(1, init='uniform', activation='sigmoid'))

# compile model
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])

# fit the model
history = model.fit(X, Y, nb_epoch=150, batch_size=10, verbose=0)
print("first epoch %.4f, last epoch %.4f" % (history.history['loss'][0], history.history['loss'][-1]))

# evaluate the model
scores = model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % (model.metrics_names[1], scores[1]*100))

# calculate predictions, round them
predictions = model.predict(X)
rounded = [round(float(x[0])) for x in predictions]
print(rounded[:10])

# serialize model to JSON, weights to a file
model_json = model.to_json()
with open("model.json", "w") as json_file:
    json_file.write(model_json)
model.save_weights("model.h5")
print("Saved model to disk")

# later: load JSON and create model, load weights into the new model
json_file = open('model.json', 'r')
loaded_model_json = json_file.read()
json_file.close()
loaded_model = model_from_json(loaded_model_json)
loaded_model.load_weights("model.h5")
print("Loaded model from disk")

# evaluate loaded model on the data
loaded_model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
score = loaded_model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % (loaded_model.metrics_names[1], score[1]*100))
