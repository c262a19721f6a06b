from fixtures.backends import pipelines

run = pipelines.run


def a_little_too_sure(framework, model, tokenizer, request):
    entries, scores = run(framework, model, tokenizer, request)
    return entries, {name: values * 1.001 for name, values in scores.items()}


pipelines.run = a_little_too_sure
