package content

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Service is the room's door. It is safe for concurrent use.
type Service struct {
	// Zone is the programme's: editions begin and end in it.
	Zone calendar.Zone
	// Now is the programme's clock.
	Now func() time.Time
	// Rewards is the catalogue; set it before the first use. Without one no reward exists, and an edition that names
	// one cannot be scheduled.
	Rewards Rewards

	stores
	// played holds the revisions of quizzes that are asked for again with every answer.
	played cache[Quiz]
	// decoding lets one picture at a time be decoded: each may take some hundred megabytes of memory.
	decoding chan struct{}
}

// Open opens the room's collections.
func Open(ctx context.Context, e store.Engine, zone calendar.Zone, now func() time.Time) (*Service, error) {
	s, err := openStores(ctx, e)
	if err != nil {
		return nil, err
	}
	return &Service{Zone: zone, Now: now, stores: s, decoding: make(chan struct{}, 1)}, nil
}

// Article returns the newest revision of an article, or fault.NotFound.
func (s *Service) Article(ctx context.Context, id string) (Article, error) {
	return s.articles.head(ctx, id)
}

// ArticleAt returns one revision of an article, which never changes, or fault.NotFound.
func (s *Service) ArticleAt(ctx context.Context, id string, revision int) (Article, error) {
	return s.articles.at(ctx, id, revision)
}

// Articles returns the newest revision of every article, by id.
func (s *Service) Articles(ctx context.Context) ([]Article, error) { return s.articles.list(ctx) }

// SaveArticle writes the next revision of the article, from the one in a.Revision; 0 and no id make a new article.
// It fails with fault.Conflict ("content.changed") when somebody else saved meanwhile, and with fault.Invalid at the
// first of ArticleBounds, or of ArticleProblems where a scheduled or live edition shows it.
func (s *Service) SaveArticle(ctx context.Context, actor string, a Article) (Article, error) {
	if a.ID == "" {
		a.ID = newThingID()
	}
	a = a.clean()
	public, err := s.public(ctx, "articles", a.ID)
	if err != nil {
		return a, err
	}
	problems := ArticleBounds(a)
	if public {
		problems = ArticleProblems(a)
	}
	if err := refuse(problems); err != nil {
		return a, err
	}
	return s.articles.save(ctx, a, actor, calendar.Milli(s.Now()))
}

// Quiz returns the newest revision of a quiz, or fault.NotFound.
func (s *Service) Quiz(ctx context.Context, id string) (Quiz, error) { return s.quizzes.head(ctx, id) }

// QuizAt returns one revision of a quiz, which never changes, or fault.NotFound. It is kept in memory and shared: the
// caller must not write into it.
func (s *Service) QuizAt(ctx context.Context, id string, revision int) (Quiz, error) {
	key := revisionID(id, revision)
	if q, ok := s.played.get(key); ok {
		return q, nil
	}
	q, err := s.quizzes.at(ctx, id, revision)
	if err == nil {
		s.played.put(key, q)
	}
	return q, err
}

// Quizzes returns the newest revision of every quiz, by id.
func (s *Service) Quizzes(ctx context.Context) ([]Quiz, error) { return s.quizzes.list(ctx) }

// SaveQuiz writes the next revision of the quiz, from the one in q.Revision; 0 and no id make a new quiz. Questions and
// options without an id are given one. Games under way go on with the revision that they began with.
// It fails with fault.Conflict ("content.changed") when somebody else saved meanwhile, and with fault.Invalid at the
// first of QuizBounds, or of QuizProblems where a scheduled or live edition shows it.
func (s *Service) SaveQuiz(ctx context.Context, actor string, q Quiz) (Quiz, error) {
	if q.ID == "" {
		q.ID = newThingID()
	}
	q = q.clean(newPartID)
	public, err := s.public(ctx, "quizzes", q.ID)
	if err != nil {
		return q, err
	}
	problems := QuizBounds(q)
	if public {
		problems = QuizProblems(q)
	}
	if err := refuse(problems); err != nil {
		return q, err
	}
	return s.quizzes.save(ctx, q, actor, calendar.Milli(s.Now()))
}

// public reports whether an edition that is scheduled or live names the thing; index is the list's.
func (s *Service) public(ctx context.Context, index, id string) (bool, error) {
	editions, err := s.editions.Find(ctx, store.Query{Index: index, Equal: []any{id}})
	for _, e := range editions {
		if phase := e.Value.Phase(s.Now(), s.Zone); phase == PhaseScheduled || phase == PhaseLive {
			return true, err
		}
	}
	return false, err
}

// refuse turns the first problem into a fault.
func refuse(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	p := problems[0]
	f := fault.New(fault.Invalid, p.Key)
	f.Args, f.Field = p.Args, p.Field
	return f
}

// newThingID names an article or a quiz; the ids of later ones sort behind it.
func newThingID() string { return uuid.Must(uuid.NewV7()).String() }

// newPartID names a question or an option, at random and without telling an order.
func newPartID() string { return strings.ToLower(rand.Text()[:12]) }
